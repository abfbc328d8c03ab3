import { constants, zstdCompressSync } from "node:zlib";

/** Below this size, compressing costs more than it saves. */
export const MIN_COMPRESSED_BYTES = 4 * 1024;

/** Higher levels take more time than the bytes that they save. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Bytes, compressed by Zstandard. */
export function compress(bytes: Uint8Array): ReturnType<typeof zstdCompressSync> {
  return zstdCompressSync(bytes, LEVEL);
}
