import { constants, zstdCompressSync } from "node:zlib";

/** Below this size, compressing costs more than it saves. */
export const MIN_COMPRESSED_BYTES = 4 * 1024;

/** Higher levels take more time than the bytes that they save. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Frames, compressed by Zstandard. */
export function compressFrames(frames: Uint8Array): Uint8Array {
  return zstdCompressSync(frames, LEVEL);
}
