import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** The encodings of the frames in a message: as they are, or compressed by Zstandard. */
export const PLAIN = "sse";
export const COMPRESSED = "sse+zstd";

/** Below this size, compressing costs more than it saves. */
const MIN_BYTES = 4 * 1024;

/** Higher levels take more time than the bytes that they save. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The frames of a message are no more: what claims to be, is none of a bench. */
const MAX_FRAMES_BYTES = 64 * 1024 * 1024;

/** Frames as a message has them. */
export interface EncodedFrames {
  encoding: string;
  bytes: Uint8Array;
}

/** Frames for a message: compressed, where that is allowed and worth it. */
export function encodeFrames(bytes: Uint8Array, compress: boolean): EncodedFrames {
  if (!compress || bytes.length < MIN_BYTES) return { encoding: PLAIN, bytes };
  return { encoding: COMPRESSED, bytes: zstdCompressSync(bytes, LEVEL) };
}

/** The frames of a message. @throws {Error} if they are damaged, or of an encoding that is not known. */
export function decodeMessage({ encoding, bytes }: EncodedFrames): Uint8Array {
  if (encoding === PLAIN) return bytes;
  if (encoding !== COMPRESSED) throw new Error(`the frames are encoded as "${encoding}"`);
  return zstdDecompressSync(bytes, { maxOutputLength: MAX_FRAMES_BYTES });
}
