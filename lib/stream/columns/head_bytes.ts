import { concat } from "../../format/concat.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const SIZE_BYTES = 4;

/** The size of a head (little-endian), the head as JSON, and the content behind it. */
export function withHead(head: unknown, content: readonly Uint8Array[]): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(head));
  const size = new Uint8Array(SIZE_BYTES);
  new DataView(size.buffer).setUint32(0, bytes.length, true);
  return concat([size, bytes, ...content]);
}

/**
 * The head of {@linkcode withHead}, and the place behind the head.
 *
 * @throws {Error} if the bytes are damaged.
 */
export function readHead<Head>(bytes: Uint8Array): { head: Head; end: number } {
  const { buffer, byteOffset, length } = bytes;
  const end = SIZE_BYTES + new DataView(buffer, byteOffset, length).getUint32(0, true);
  return { head: JSON.parse(decoder.decode(bytes.subarray(SIZE_BYTES, end))), end };
}
