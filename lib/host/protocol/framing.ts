/**
 * Framing: one byte for the kind of a packet, one byte 0, two bytes for the seat, four bytes for the length of the content,
 * and the content. Numbers are little-endian.
 *
 * @module
 */
import { printable } from "../../errors.ts";

/** The kind of a packet with a message as JSON. */
export const JSON_PACKET = 1;
/** The kind of a packet with a block of samples. */
export const BLOCK_PACKET = 2;
/** The kind of a packet with the result of a call. */
export const RESULT_PACKET = 3;

/** The seat number of the process itself. */
export const PROCESS_SEAT = 0;

/** The highest number of a seat. */
export const MAX_SEAT = 65_535;

/** A packet, as it was read. */
export interface Packet {
  kind: number;
  /** The seat number of the packet's device; {@linkcode PROCESS_SEAT} for no device. */
  seat: number;
  /** The content, in a buffer of its own. */
  content: Uint8Array<ArrayBuffer>;
}

/** The bytes before a content. */
export const HEADER_BYTES = 8;

/** The number of bytes that are read at once. */
const READ_BYTES = 64 * 1024;

/**
 * A packet that is larger and has not arrived whole is read into a buffer of its own, so that no byte is copied twice.
 */
const MAX_SHARED_BYTES = 16 * 1024;

/** A length beyond this one is no length: the bytes are not a packet. */
export const MAX_PACKET_BYTES = 64 * 1024 * 1024;

/** The maximum size of a content by its kind. */
export type PacketLimits = Readonly<Record<number, number>>;

/** The number of bytes that an error quotes if they are no packet. */
const QUOTED_BYTES = 60;

/** One packet, ready to write. */
export function packet(kind: number, seat: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + content.length);
  bytes.set(content, HEADER_BYTES);
  return withHeader(kind, seat, bytes);
}

/** Writes the header into the first bytes of a packet. */
export function withHeader(kind: number, seat: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  writeHeader(new DataView(bytes.buffer, bytes.byteOffset), 0, kind, seat, bytes.length - HEADER_BYTES);
  return bytes;
}

/** Writes the header of a packet at a place. @param size The bytes of its content. */
export function writeHeader(head: DataView, at: number, kind: number, seat: number, size: number): void {
  head.setUint16(at, kind, true);
  head.setUint16(at + 2, seat, true);
  head.setUint32(at + 4, size, true);
}

/** A stream of bytes, as far as packets are read from it. */
export interface PacketSource {
  getReader(options: { mode: "byob" }): PacketReader;
}

/** Fills lent buffers, of which it gives back the filled part. */
export interface PacketReader {
  read(buffer: Uint8Array<ArrayBuffer>): Promise<{ done: boolean; value?: Uint8Array<ArrayBuffer> | undefined }>;
  cancel(): Promise<void>;
}

/**
 * Cuts a stream of bytes into packets, until it ends or the signal aborts. Each content is copied once out of the
 * buffer for reading, or read into its own buffer.
 *
 * @throws {RangeError} if the bytes are not packets.
 */
export async function* readPackets(
  source: PacketSource,
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
      const view = new DataView(buffer.buffer, 0, end);
      let start = 0;
      while (end - start >= HEADER_BYTES) {
        const kind = view.getUint8(start);
        const seat = view.getUint16(start + 2, true);
        const size = view.getUint32(start + 4, true);
        if (!(size <= limits[kind]) || view.getUint8(start + 1) !== 0) throw noPacket(buffer.subarray(start, end));
        const from = start + HEADER_BYTES;
        if (from + size <= end) {
          yield { kind, seat, content: buffer.slice(from, from + size) };
          start = from + size;
        } else if (size > MAX_SHARED_BYTES) {
          const { content, missing } = await readRest(reader, size, buffer.subarray(from, end));
          if (missing && signal?.aborted) return;
          if (missing) throw cutOff(HEADER_BYTES + size - missing);
          yield { kind, seat, content };
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
async function readRest(reader: PacketReader, size: number, beginning: Uint8Array) {
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

/** Output that begins with these bytes is no packet. */
function noPacket(bytes: Uint8Array): RangeError {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  // If it is text, the text is the best hint at who wrote it.
  const beginning = JSON.stringify(printable(new TextDecoder().decode(bytes.subarray(0, QUOTED_BYTES))));
  return new RangeError(
    `Cannot read a packet of kind ${bytes[0]} and ${size} bytes: kinds are 1 to 3; it begins with ${beginning}`,
  );
}

function cutOff(length: number): RangeError {
  return new RangeError(`Cannot read the last packet: ${length} bytes, then the stream ended`);
}
