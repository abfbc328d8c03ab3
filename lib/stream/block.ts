/**
 * Some frames in one buffer. They are numbered `first`, `first + 1`, …; `ends[i]` is the offset at which frame `i` ends.
 */
export interface Block {
  first: number;
  ends: Uint32Array;
  bytes: Uint8Array;
}

const encoder = new TextEncoder();

/** Encodes frames, numbered from `first`, in one go: a third of the cost of encoding them one by one. */
export function makeBlock(first: number, frames: readonly string[]): Block {
  const text = frames.join("");
  const bytes = encoder.encode(text);
  const ends = new Uint32Array(frames.length);
  // In ASCII, which most samples are, a character is a byte.
  const size = bytes.length === text.length ? (frame: string) => frame.length : byteLength;
  let end = 0;
  for (let i = 0; i < frames.length; i++) ends[i] = end += size(frames[i]);
  return { first, ends, bytes };
}

function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** `first` as a float64 and the count as a uint32, both little-endian; then the ends, then the bytes. */
const HEADER = 12;

/** A block as one buffer, for the pipe. */
export function packBlock({ first, ends, bytes }: Block): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(HEADER + ends.byteLength + bytes.length);
  const header = new DataView(packed.buffer);
  header.setFloat64(0, first, true);
  header.setUint32(8, ends.length, true);
  packed.set(new Uint8Array(ends.buffer, ends.byteOffset, ends.byteLength), HEADER);
  packed.set(bytes, HEADER + ends.byteLength);
  return packed;
}

/**
 * The block that was packed, sharing no memory with `packed`.
 *
 * @throws {RangeError} if it is not a whole block.
 */
export function unpackBlock(packed: Uint8Array): Block {
  const header = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const first = header.getFloat64(0, true);
  const count = header.getUint32(8, true);
  const body = packed.slice(HEADER);
  const start = count * 4;
  if (Number.isSafeInteger(first) && count > 0 && start < body.length) {
    const ends = new Uint32Array(body.buffer, 0, count);
    const bytes = body.subarray(start);
    if (ends[count - 1] === bytes.length) return { first, ends, bytes };
  }
  throw new RangeError(`Cannot read a block of ${packed.length} bytes: its header says ${count} frames from ${first}`);
}
