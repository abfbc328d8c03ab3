/** A file, a connection or a stream of the process, for writing. */
export interface Writable {
  /** Resolves with the number of bytes that were written: some of them, or all. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes all bytes. Rejects with the error of the first write that fails. */
export async function writeAll(target: Writable, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length;) rest = rest.subarray(await target.write(rest));
}
