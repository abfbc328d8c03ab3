import { zstdDecompressSync } from "node:zlib";

/** For a reader of Parquet files. */
export const compressors = { ZSTD: (input: Uint8Array): Uint8Array => zstdDecompressSync(input) };
