import { zstdDecompressSync } from "node:zlib";
import { compress, MIN_COMPRESSED_BYTES } from "../stream/columns/compress.ts";

/** The encodings of the frames in a message: as they are, or compressed by Zstandard. */
export const PLAIN = "sse";
export const COMPRESSED = "sse+zstd";

/** The frames of a message are no more: what claims to be, is none of a bench. */
const MAX_FRAMES_BYTES = 64 * 1024 * 1024;

/** Frames as a message has them. */
export interface EncodedFrames {
  encoding: string;
  bytes: Uint8Array;
}

/** Frames for a message: compressed, where that is allowed and worth it. */
export function encodeFrames(bytes: Uint8Array, isCompressed: boolean): EncodedFrames {
  if (!isCompressed || bytes.length < MIN_COMPRESSED_BYTES) return { encoding: PLAIN, bytes };
  return { encoding: COMPRESSED, bytes: compress(bytes) };
}

/** The frames of a message. @throws {Error} if they are damaged, or of an encoding that is not known. */
export function decodeMessage({ encoding, bytes }: EncodedFrames): Uint8Array {
  if (encoding === PLAIN) return bytes;
  if (encoding !== COMPRESSED) throw new Error(`the frames are encoded as "${encoding}"`);
  return zstdDecompressSync(bytes, { maxOutputLength: MAX_FRAMES_BYTES });
}
