import type { ByteConnection } from "../../../../driver/connection/byte_connection.ts";
import type { ReadOptions } from "../../../../driver/connection/byte_options.ts";
import { concat } from "../../../../format/concat.ts";

/** Writes values in XDR (RFC 4506): big-endian, in units of four bytes. */
export function xdr(...values: (number | string | Uint8Array)[]): Uint8Array {
  const parts = values.map((value) => {
    if (typeof value === "number") return word(value);
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    return concat([word(bytes.length), bytes, new Uint8Array(-bytes.length & 3)]);
  });
  return concat(parts);
}

/** Reads values in XDR. */
export class XdrReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @throws {Error} if the bytes end before. */
  number(): number {
    if (this.#at + 4 > this.#bytes.length) throw new Error("its answer is too short");
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4);
  }

  /** @throws {Error} if the bytes end before. */
  opaque(): Uint8Array {
    const length = this.number();
    const start = this.#at;
    this.#at += length + (-length & 3);
    if (start + length > this.#bytes.length) throw new Error("its answer is too short");
    return this.#bytes.slice(start, start + length);
  }
}

/** The bit of the last fragment of a record. */
const LAST = 0x8000_0000;

/** The longest record. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** Calls procedures of one program on an open connection (ONC RPC, RFC 5531). One call at a time. */
export class RpcConnection {
  readonly connection: ByteConnection;
  readonly #program: readonly [number: number, version: number];
  #lastId = 0;

  constructor(connection: ByteConnection, program: readonly [number: number, version: number]) {
    this.connection = connection;
    this.#program = program;
  }

  /** @throws {Error} if the answer is none of this call, or the program refuses it. */
  async call(procedure: number, args: Uint8Array, options?: ReadOptions): Promise<XdrReader> {
    const id = ++this.#lastId;
    const call = concat([xdr(id, 0, 2, ...this.#program, procedure, 0, 0, 0, 0), args]);
    await this.connection.write(concat([word((LAST | call.length) >>> 0), call]));
    const reply = new XdrReader(await readRecord(this.connection, options));
    if (reply.number() !== id || reply.number() !== 1) throw new Error("its answer is that of another call");
    if (reply.number() !== 0) throw new Error("it refuses calls");
    reply.number();
    reply.opaque();
    const status = reply.number();
    if (status !== 0) throw new Error(`it does not know procedure ${procedure} (status ${status})`);
    return reply;
  }
}

/** Reads a record of one or several fragments. Without `timeoutMs`, the wait has no limit. */
export async function readRecord(connection: ByteConnection, options?: ReadOptions): Promise<Uint8Array> {
  const fragments: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const fragment = await connection.read((received) => {
      if (received.length < 4) return undefined;
      const size = new XdrReader(received).number() & ~LAST;
      if (length + size > MAX_RECORD_BYTES) throw new Error(`its answer is longer than ${MAX_RECORD_BYTES} bytes`);
      return received.length >= 4 + size ? 4 + size : undefined;
    }, { timeoutMs: Infinity, ...options });
    fragments.push(fragment.subarray(4));
    length += fragment.length - 4;
    if (fragment[0] & 0x80) return concat(fragments);
  }
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0);
  return bytes;
}
