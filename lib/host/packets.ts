/**
 * Packets: how messages, blocks and results travel between the daemon and a driver's process. A packet is one byte for
 * its kind, four bytes (little-endian) for the length of its content, and the content.
 *
 * @module
 */
import { LabError, printable } from "../errors.ts";
import { isJsonValue, isJsonValueInSteps } from "../format/json_bytes.ts";
import type { PackedBlock } from "../stream/block.ts";
import { EncodedJson } from "../stream/encode.ts";
import { sizeText } from "./error_bounds.ts";
import type { FromProcess, Operation, ToProcess } from "./protocol.ts";

/** The kinds of packets. */
export const JSON_PACKET = 1;
export const BLOCK_PACKET = 2;
export const RESULT_PACKET = 3;

/** A packet as it was read. */
export interface Packet {
  kind: number;
  /** In a buffer that nothing else uses. */
  content: Uint8Array<ArrayBuffer>;
}

const HEADER_BYTES = 5;

/** The number of bytes that are read at once. */
const READ_BYTES = 64 * 1024;

/**
 * A packet that is larger and has not arrived whole is read into a buffer of its own, so that no byte is copied twice.
 */
const MAX_SHARED_BYTES = 16 * 1024;

/** A length beyond this one is no length: the bytes are not a packet. */
export const MAX_PACKET_BYTES = 64 * 1024 * 1024;

/** The JSON text of a method's result. */
const MAX_RESULT_BYTES = 32 * 1024 * 1024;

/** A message from a process: a description, checked params, an error. The daemon parses them. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** The maximum size of a content by its kind. */
export type PacketLimits = Readonly<Record<number, number>>;

/** The description of a driver, which `GET /drivers` and the documents repeat. */
export const MAX_DESCRIPTION_BYTES = 1024 * 1024;

/** The packets that the daemon accepts from a process. */
export const FROM_PROCESS: PacketLimits = {
  [JSON_PACKET]: MAX_MESSAGE_BYTES,
  [BLOCK_PACKET]: MAX_PACKET_BYTES,
  [RESULT_PACKET]: 4 + MAX_RESULT_BYTES,
};

/** The packets that a process accepts from the daemon. */
export const TO_PROCESS: PacketLimits = { [JSON_PACKET]: MAX_PACKET_BYTES };

/** The number of bytes that an error quotes if they are no packet. */
const QUOTED_BYTES = 60;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One packet, ready to write. */
export function packet(kind: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + content.length);
  bytes.set(content, HEADER_BYTES);
  return withHeader(kind, bytes);
}

/** One JSON message as a packet. */
export function jsonPacket(message: ToProcess | FromProcess): Uint8Array<ArrayBuffer> {
  return packet(JSON_PACKET, encoder.encode(JSON.stringify(message)));
}

/**
 * A request as a packet.
 *
 * @throws {RangeError} if it is too large for a packet.
 */
export function requestPacket(request: ToProcess): Uint8Array<ArrayBuffer> {
  const bytes = jsonPacket(request);
  const size = bytes.length - HEADER_BYTES;
  if (size <= MAX_PACKET_BYTES) return bytes;
  throw new RangeError(
    `the request is too large: ${sizeText(size)} of JSON, and ${sizeText(MAX_PACKET_BYTES)} at most`,
  );
}

/**
 * The message in the content of a JSON packet. Its form is not checked.
 *
 * @throws {RangeError} if it is no JSON, or nested too deep.
 */
export function parseMessage<T = unknown>(content: Uint8Array): T {
  if (!isJsonValue(content, 0, content.length)) throw new RangeError("Cannot read a message: it is no JSON value");
  try {
    return JSON.parse(decoder.decode(content));
  } catch {
    throw new RangeError("Cannot read a message: it is no JSON value");
  }
}

/** A block as a packet. The header goes before the block in the block's own buffer, and nothing is copied. */
export function blockPacket({ packed }: PackedBlock): Uint8Array<ArrayBuffer> {
  const start = packed.byteOffset - HEADER_BYTES;
  return withHeader(BLOCK_PACKET, new Uint8Array(packed.buffer, start, HEADER_BYTES + packed.length));
}

/** The types of errors for answers that are too large. */
const TOO_LARGE: { [Op in Operation]?: [what: string, type: string] } = {
  load: ["The driver's description is", "DescriptionTooLarge"],
  check_params: ["The params with their defaults are", "ParamsTooLarge"],
  check_options: ["The options with their defaults are", "OptionsTooLarge"],
};

/**
 * The answer to a request, as JSON text, as a packet. The result of a call has a kind of its own.
 *
 * @throws {LabError} `DriverError` of type `ResultTooLarge`, `DescriptionTooLarge`, `ParamsTooLarge` or `OptionsTooLarge`.
 */
export function answerPacket(id: number, op: Operation, json: string): Uint8Array<ArrayBuffer> {
  if (op === "call") return resultPacket(id, json);
  const content = encoder.encode(`{"id":${id},"result":${json}}`);
  const max = op === "load" ? MAX_DESCRIPTION_BYTES : MAX_MESSAGE_BYTES;
  if (content.length <= max) return packet(JSON_PACKET, content);
  const [what, type] = TOO_LARGE[op] ?? ["The answer is", "AnswerTooLarge"];
  const message = `${what} too large: ${sizeText(content.length)} of JSON, and ${sizeText(max)} at most`;
  throw new LabError("DriverError", message, { type });
}

/**
 * The result of a call, as JSON text, as a packet.
 *
 * @throws {LabError} `DriverError` of type `ResultTooLarge`.
 */
export function resultPacket(id: number, json: string): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(json);
  if (text.length > MAX_RESULT_BYTES) {
    const message =
      `The result is too large: ${text.length} bytes of JSON, and ${MAX_RESULT_BYTES} at most; stream it instead`;
    throw new LabError("DriverError", message, { type: "ResultTooLarge" });
  }
  const bytes = new Uint8Array(HEADER_BYTES + 4 + text.length);
  new DataView(bytes.buffer).setUint32(HEADER_BYTES, id, true);
  bytes.set(text, HEADER_BYTES + 4);
  return withHeader(RESULT_PACKET, bytes);
}

/**
 * The result in the content of a result packet, not parsed. It is one value: an answer that contains it stays whole. A
 * large one is checked in steps.
 *
 * @throws {RangeError} if it is no JSON, or nested too deep.
 */
export function* unpackResult(
  content: Uint8Array<ArrayBuffer>,
): Generator<void, { id: number; result: EncodedJson }> {
  if (!(yield* isJsonValueInSteps(content, 4, content.length))) {
    throw new RangeError("Cannot read a result: it is no JSON value");
  }
  const id = new DataView(content.buffer, content.byteOffset).getUint32(0, true);
  return { id, result: new EncodedJson(content.subarray(4)) };
}

function withHeader(kind: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  bytes[0] = kind;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(1, bytes.length - HEADER_BYTES, true);
  return bytes;
}

/**
 * Cuts a stream of bytes into packets, until it ends or the signal aborts. Each content is copied once out of the
 * buffer for reading, or read into its own buffer.
 *
 * @throws {RangeError} if the bytes are not packets.
 */
export async function* readPackets(
  source: ReadableStream<Uint8Array>,
  limits: PacketLimits,
  signal?: AbortSignal,
): AsyncGenerator<Packet, void, undefined> {
  // One buffer, lent to each read and given back with its bytes.
  let buffer = new Uint8Array(READ_BYTES);
  let end = 0;
  const reader = source.getReader({ mode: "byob" });
  const cancel = () => void reader.cancel().catch(() => {});
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      const { value, done } = await reader.read(buffer.subarray(end));
      if (done || !value) break;
      buffer = new Uint8Array(value.buffer);
      end += value.length;
      let start = 0;
      while (end - start >= HEADER_BYTES) {
        const { kind, size } = parseHeader(buffer.subarray(start, end), limits);
        const from = start + HEADER_BYTES;
        if (from + size <= end) {
          yield { kind, content: buffer.slice(from, from + size) };
          start = from + size;
        } else if (size > MAX_SHARED_BYTES) {
          const { content, missing } = await readRest(reader, size, buffer.subarray(from, end));
          if (missing && signal?.aborted) return;
          if (missing) throw cutOff(HEADER_BYTES + size - missing);
          yield { kind, content };
          start = end;
        } else break;
      }
      buffer.copyWithin(0, start, end);
      end -= start;
    }
    if (end > 0 && !signal?.aborted) throw cutOff(end);
  } finally {
    signal?.removeEventListener("abort", cancel);
    await reader.cancel().catch(() => {});
  }
}

/** A content of which the beginning has been read, and how many bytes are missing because the stream ended. */
async function readRest(reader: ReadableStreamBYOBReader, size: number, beginning: Uint8Array) {
  let content = new Uint8Array(size);
  content.set(beginning);
  let missing = size - beginning.length;
  while (missing > 0) {
    const { value, done } = await reader.read(content.subarray(size - missing));
    if (done || !value) break;
    content = new Uint8Array(value.buffer);
    missing -= value.length;
  }
  return { content, missing };
}

function parseHeader(bytes: Uint8Array, limits: PacketLimits): { kind: number; size: number } {
  const kind = bytes[0];
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
  if (size <= limits[kind]) return { kind, size };
  // If it is text, the text is the best hint at who wrote it.
  const beginning = JSON.stringify(printable(decoder.decode(bytes.subarray(0, QUOTED_BYTES))));
  throw new RangeError(
    `Cannot read a packet of kind ${kind} and ${size} bytes: kinds are 1 to 3; it begins with ${beginning}`,
  );
}

function cutOff(length: number): RangeError {
  return new RangeError(`Cannot read the last packet: ${length} bytes, then the stream ended`);
}
