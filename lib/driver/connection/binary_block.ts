import { quoted } from "./connection_error.ts";

/** The order of the bytes of a number. SCPI calls big-endian `NORM` and little-endian `SWAP`. */
export type Endian = "big" | "little";

const HASH = 35;
const LF = 10;

/** A block within received bytes. `end` is the place after it; `undefined` if only a pause shows its end. */
export interface BlockHeader {
  start: number;
  end: number | undefined;
}

/**
 * Reads the header of an IEEE 488.2 block: `#` and the number of digits, and the number of bytes (`#512345…`), or `#0` for
 * a block of indefinite length, which ends with LF.
 *
 * @returns `undefined`, as long as the header is not complete.
 * @throws {Error} if it is no such header.
 */
export function blockHeader(received: Uint8Array, maxBytes: number): BlockHeader | undefined {
  if (received.length < 2) {
    if (received.length === 1 && received[0] !== HASH) throw noBlock(received);
    return undefined;
  }
  const digits = received[1] - 48;
  if (received[0] !== HASH || digits < 0 || digits > 9) throw noBlock(received);
  if (digits === 0) return { start: 2, end: undefined };
  if (received.length < 2 + digits) return undefined;
  const text = String.fromCharCode(...received.subarray(2, 2 + digits));
  if (!/^\d+$/.test(text)) throw noBlock(received);
  const length = Number(text);
  if (length > maxBytes) throw new Error(`its block has ${length} bytes, and ${maxBytes} are allowed`);
  return { start: 2 + digits, end: 2 + digits + length };
}

function noBlock(received: Uint8Array): Error {
  return new Error(`expected a binary block that begins with #, found ${quoted(received)}`);
}

/** True if bytes end as a block of indefinite length does. */
export function endsIndefinite(received: Uint8Array): boolean {
  return received.at(-1) === LF;
}

/**
 * The 32-bit floating point numbers in the bytes of a block.
 *
 * @param endian The order of the bytes, as the instrument is set (`FORM:BORD`).
 * @throws {RangeError} if the number of bytes is no multiple of 4.
 *
 * @example
 * ```ts
 * import { toFloat32 } from "labdaemon/driver";
 *
 * console.assert(toFloat32(new Uint8Array([0x3f, 0x80, 0, 0]), "big")[0] === 1);
 * console.assert(toFloat32(new Uint8Array([0, 0, 0x80, 0x3f]), "little")[0] === 1);
 * ```
 */
export function toFloat32(bytes: Uint8Array, endian: Endian): Float32Array<ArrayBuffer> {
  if (bytes.length % 4) throw new RangeError(`Cannot read 32-bit numbers: ${bytes.length} bytes are no multiple of 4`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, endian === "little"));
}
