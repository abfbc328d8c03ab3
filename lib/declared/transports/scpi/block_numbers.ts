import type { Endian } from "../../../driver/connection/binary_block.ts";
import type { WaveformArray } from "../../transport.ts";

/** The types of numbers in a binary block. */
export const BLOCK_TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"] as const;
/** A type of the numbers in a binary block. */
export type BlockType = typeof BLOCK_TYPES[number];

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** The order of the bytes of a number in the memory of this machine. */
const OWN_ENDIAN: Endian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "little" : "big";

/**
 * The numbers in the bytes of a block.
 *
 * @throws {RangeError} if the bytes are no whole number of them.
 *
 * @example
 * ```ts
 * import { blockNumbers } from "./block_numbers.ts";
 *
 * console.assert(blockNumbers(new Uint8Array([0xff, 0xfe]), "int16", "big")[0] === -2);
 * ```
 */
export function blockNumbers(bytes: Uint8Array, type: BlockType, endian: Endian): WaveformArray {
  const size = ARRAYS[type].BYTES_PER_ELEMENT;
  if (bytes.length % size) throw new RangeError(`expected numbers of ${size} bytes, found ${bytes.length} bytes`);
  // A copy: numbers begin at a multiple of their size.
  return new ARRAYS[type](ordered(bytes, size, endian).buffer);
}

/** The bytes of a block of numbers: the reverse of {@linkcode blockNumbers}. */
export function blockBytes(numbers: readonly number[], type: BlockType, endian: Endian): Uint8Array {
  const array = ARRAYS[type].from(numbers);
  return ordered(new Uint8Array(array.buffer), array.BYTES_PER_ELEMENT, endian);
}

/** A copy in this machine's order of bytes, or from it. */
function ordered(bytes: Uint8Array, size: number, endian: Endian): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  if (endian === OWN_ENDIAN || size === 1) return copy;
  for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  return copy;
}
