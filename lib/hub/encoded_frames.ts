import { zstdDecompressSync } from "node:zlib";
import { compress, MIN_COMPRESSED_BYTES } from "../stream/columns/compress.ts";
import { unpackRun } from "../stream/columns/packed_run.ts";
import type { Run } from "../stream/columns/run.ts";
import { runBytes } from "../stream/columns/run_bytes.ts";

/** The encoding of frames as they are. */
export const PLAIN = "sse";
/** The encoding of frames that Zstandard has compressed. */
export const COMPRESSED = "sse+zstd";
/** The encoding of samples in columns, compressed by Zstandard. */
export const COLUMNS = "columns+zstd";

/** The limit of the frames of a message. A larger message does not come from a bench. */
const MAX_FRAMES_BYTES = 64 * 1024 * 1024;

/** Frames mostly have at most this many times their compressed bytes; benches put at most 900 KiB into a message. */
const RATIO = 40;
const MAX_CHUNK_BYTES = 1024 * 1024;
const MIN_CHUNK_BYTES = 16 * 1024;

/** Frames to encode: `bytes`, or the `parts` that these join. */
export interface PlainFrames {
  readonly bytes: Uint8Array;
  readonly parts?: readonly Uint8Array[];
  /** The length of `bytes`. */
  readonly size: number;
}

/** Frames as a message has them. */
export interface EncodedFrames {
  encoding: string;
  bytes: Uint8Array;
}

/** Frames for a message: compressed, where that is allowed and worth it. */
export function encodeFrames(frames: PlainFrames, isCompressed: boolean): EncodedFrames {
  if (!isCompressed || frames.size < MIN_COMPRESSED_BYTES) return { encoding: PLAIN, bytes: frames.bytes };
  const { parts } = frames;
  return { encoding: COMPRESSED, bytes: compress(parts ? joined(parts, frames.size) : frames.bytes) };
}

/** The parts in one buffer, valid until the next call. A new buffer for each message would cost garbage collection. */
function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0];
  if (memory.length < size) memory = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    memory.set(part, at);
    at += part.length;
  }
  return memory.subarray(0, size);
}

let memory = new Uint8Array(0);

/** The frames of a message. @throws {Error} if they are damaged, or of an encoding that is not known. */
export function decodeMessage({ encoding, bytes }: EncodedFrames): Uint8Array {
  if (encoding === PLAIN) return bytes;
  if (encoding === COLUMNS) return runBytes(decodeColumns(bytes));
  if (encoding !== COMPRESSED) throw new Error(`the frames are encoded as "${encoding}"`);
  return decompressed(bytes);
}

function decompressed(bytes: Uint8Array): Uint8Array {
  // In one piece, if it fits: many small ones cost a third more.
  const chunkSize = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, RATIO * bytes.length));
  const { buffer, byteOffset, length } = zstdDecompressSync(bytes, { maxOutputLength: MAX_FRAMES_BYTES, chunkSize });
  // Not as a `Buffer`, whose functions are slower.
  return new Uint8Array(buffer, byteOffset, length);
}

/** The samples of a message in columns, for who needs no frames. @throws {Error} if they are damaged. */
export function decodeColumns(bytes: Uint8Array): Run {
  return unpackRun(decompressed(bytes), MAX_FRAMES_BYTES);
}
