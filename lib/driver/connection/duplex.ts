/**
 * Anything that carries bytes in both directions. A `Deno.Conn` is one: TCP, TLS and Unix sockets fit as they are.
 *
 * @example A peer that answers each message with the same bytes
 * ```ts
 * import { ByteConnection, type Duplex } from "labdaemon/driver";
 *
 * const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
 * const [reader, writer] = [readable.getReader(), writable.getWriter()];
 * const echo: Duplex = {
 *   async read(buffer) {
 *     const { value } = await reader.read();
 *     if (value) buffer.set(value);
 *     return value?.length ?? null;
 *   },
 *   async write(bytes) {
 *     await writer.write(bytes.slice());
 *     return bytes.length;
 *   },
 *   close: () => void writer.close(),
 * };
 * using connection = new ByteConnection(echo, { peer: "the echo" });
 * await connection.write(new Uint8Array([1, 2, 3]));
 * console.assert((await connection.read((received) => received.length >= 3 ? 3 : undefined)).join() === "1,2,3");
 * ```
 */
export interface Duplex {
  /** Fills the beginning of `buffer`, and resolves with the number of bytes; `null` when the peer has closed. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some bytes from the beginning, and resolves with their number. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes both directions. A pending read or write rejects. */
  close(): void;
}
