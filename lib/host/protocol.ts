/**
 * What the daemon and a device's process say to each other, over the process's stdin and {@linkcode PROTOCOL_FD}. Stdout
 * is not theirs: what a driver, its libraries and its programs write there is theirs to write.
 *
 * Each message is a packet: one byte that says its kind, four bytes (little-endian) that say its length, and the
 * content. Nothing in it needs Deno: a driver in another language can speak it.
 *
 * @module
 */
import type { ArrayEncoding } from "../driver/contract.ts";
import type { DriverDescription } from "../driver/describe.ts";
import type { KeptSources } from "./runtime/kept_sources.ts";
import type { Permissions } from "../driver/permissions.ts";
import { type ErrorReport, LabError, printable } from "../errors.ts";
import { EncodedJson } from "./encoded_json.ts";

/** What the daemon asks, each with what it is answered. */
export interface Requests {
  /** Import the driver file, or what is kept of its earlier self. First, and once. */
  load: [{ file: string; kept?: KeptSources }, DriverDescription];
  /** Validate params, and say what they need. */
  check_params: [{ params: unknown; attempt: string }, { params: Record<string, unknown>; permissions: Permissions }];
  /** Validate options. */
  check_options: [{ options: unknown; attempt: string }, Record<string, unknown>];
  /** Make the device. From here on, the process may read only what the driver was granted. */
  create: [DeviceIdentity & { params: Record<string, unknown> }, { streams: boolean }];
  connect: [Record<string, never>, null];
  /** Call a method. A process answers with a result packet, unread. */
  call: [{ method: string; args: unknown[]; kwargs: Record<string, unknown> }, unknown];
  /** Start a run. Answered when it runs. `read` says how long one `read()` may take, in milliseconds; `null`: for ever. */
  start: [{ options: Record<string, unknown>; read?: number | null }, null];
  /** Stop the run. Answered when it has ended and all its samples have been sent. */
  stop: [{ limit: number }, null];
  /** Stop the run, if there is one, and close the instrument. */
  disconnect: [{ limit: number }, null];
  /** Are you there, and what do you take? Memory in bytes; CPU time, and when that was, in seconds. */
  ping: [Record<string, never>, { memory: number; cpu: number; at: number }];
}

/** The name of a request. */
export type Operation = keyof Requests;

/** A request on its way. When the daemon no longer waits for its answer, it says so by a `cancel`. */
export type Request = { [Op in Operation]: { id: number; op: Op; input: Requests[Op][0] } }[Operation];

/** What makes the frames of one device unlike those of another. */
export interface DeviceIdentity {
  device_id: string;
  epoch: string;
  /** The number of its next sample. */
  next_sequence: number;
  /** How typed arrays travel; without it, as the driver says. */
  arrays?: ArrayEncoding | null;
}

/** Daemon to process. */
export type ToProcess = Request | { cancel: number };

/** Process to daemon, besides blocks. */
export type FromProcess =
  | { id: number; result: unknown }
  | { id: number; error: WireError }
  /** All samples before `lost` that were not in a block are lost. */
  | { lost: number }
  /** The run is over though nobody stopped it: with an error, or because the driver had no more. */
  | { ended: WireError | null }
  /** The driver threw where nobody could catch it; the process ends. */
  | { crashed: WireError };

/** An error with its code, which says how the daemon treats it. */
export type WireError = ErrorReport & { code: string };

/** The file descriptor to which a process writes its packets. */
export const PROTOCOL_FD = 3;

/** The kinds of packets. */
export const JSON_PACKET = 1;
export const BLOCK_PACKET = 2;
export const RESULT_PACKET = 3;

const HEADER = 5;

/** What is read at once, unless a packet is larger. */
const SMALL_BUFFER = 64 * 1024;

/** Nothing sensible is larger: a length beyond it is garbage. */
const LARGEST_PACKET = 64 * 1024 * 1024;

/** What a method may return, in bytes of JSON. */
const LARGEST_RESULT = 32 * 1024 * 1024;

/** So much of garbage an error quotes, in bytes. */
const QUOTED = 60;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One packet, ready to write. */
export function packet(kind: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER + content.length);
  bytes[0] = kind;
  new DataView(bytes.buffer).setUint32(1, content.length, true);
  bytes.set(content, HEADER);
  return bytes;
}

/** One JSON message as a packet. */
export function jsonPacket(message: ToProcess | FromProcess): Uint8Array<ArrayBuffer> {
  return packet(JSON_PACKET, encoder.encode(JSON.stringify(message)));
}

/**
 * The result of a call, as JSON text, as a packet.
 *
 * @throws {LabError} `DriverError` of type `ResultTooLarge`.
 */
export function resultPacket(id: number, json: string): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(json);
  if (text.length > LARGEST_RESULT) {
    const message =
      `The result is too large: ${text.length} bytes of JSON, and ${LARGEST_RESULT} at most; stream it instead`;
    throw new LabError("DriverError", message, { type: "ResultTooLarge" });
  }
  const content = new Uint8Array(4 + text.length);
  new DataView(content.buffer).setUint32(0, id, true);
  content.set(text, 4);
  return packet(RESULT_PACKET, content);
}

/** The result in the content of a result packet, still as text. */
export function unpackResult(content: Uint8Array): { id: number; result: EncodedJson } {
  const id = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
  return { id, result: new EncodedJson(content.slice(4)) };
}

/** The message in the content of a JSON packet. */
export function parseMessage<T extends ToProcess | FromProcess>(content: Uint8Array): T {
  return JSON.parse(decoder.decode(content));
}

/**
 * Cuts a stream of bytes into packets, until it ends or the signal aborts. The content is valid until the next packet is
 * asked for.
 *
 * @throws {RangeError} if the bytes are not packets.
 */
export async function* readPackets(
  source: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<{ kind: number; content: Uint8Array }, void, undefined> {
  // One buffer, lent to each read and given back with its bytes: nothing is allocated, nothing copied, while packets fit.
  let buffer = new Uint8Array(SMALL_BUFFER);
  let start = 0;
  let end = 0;
  const reader = source.getReader({ mode: "byob" });
  const giveUp = () => void reader.cancel().catch(() => {});
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    for (;;) {
      const { value, done } = await reader.read(buffer.subarray(end));
      if (done || !value) break;
      buffer = new Uint8Array(value.buffer);
      end += value.length;
      let needed = HEADER;
      while (end - start >= HEADER) {
        const kind = buffer[start];
        const size = new DataView(buffer.buffer).getUint32(start + 1, true);
        if (kind < JSON_PACKET || kind > RESULT_PACKET || size > LARGEST_PACKET) {
          const found = `${size} bytes: kinds are 1 to 3; it begins with ${beginningOf(buffer.subarray(start, end))}`;
          throw new RangeError(`Cannot read a packet of kind ${kind} and ${found}`);
        }
        needed = HEADER + size;
        if (end - start < needed) break;
        yield { kind, content: buffer.subarray(start + HEADER, start + needed) };
        start += needed;
        needed = HEADER;
      }
      if (start === end) {
        if (buffer.length > SMALL_BUFFER) buffer = new Uint8Array(SMALL_BUFFER);
        start = end = 0;
      } else if (start + needed > buffer.length || end === buffer.length) {
        const roomy = needed > buffer.length ? new Uint8Array(needed) : buffer;
        roomy.set(buffer.subarray(start, end));
        [buffer, start, end] = [roomy, 0, end - start];
      }
    }
    if (end > start && !signal?.aborted) {
      throw new RangeError(`Cannot read the last packet: ${end - start} bytes, then the stream ended`);
    }
  } finally {
    signal?.removeEventListener("abort", giveUp);
    await reader.cancel().catch(() => {});
  }
}

/** What came instead of a packet: if it is text, its words tell best who wrote it. */
function beginningOf(bytes: Uint8Array): string {
  return JSON.stringify(printable(decoder.decode(bytes.subarray(0, QUOTED))));
}
