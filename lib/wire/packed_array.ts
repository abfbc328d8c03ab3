/** A typed array on the wire, where the driver or the bench file says `arrays: base64`. Little-endian and bit-exact. */
export interface PackedArray {
  dtype: string;
  shape: number[];
  base64: string;
}

/** A typed array of any element type. */
export type NumberArray = ArrayBufferView<ArrayBuffer> & ArrayLike<number | bigint>;

/** The name of each element type on the wire, by its class. Of the classes of `uint8`, the last one reads it. */
const DTYPES = new Map([
  ["Int8Array", "int8"],
  ["Uint8ClampedArray", "uint8"],
  ["Uint8Array", "uint8"],
  ["Int16Array", "int16"],
  ["Uint16Array", "uint16"],
  ["Int32Array", "int32"],
  ["Uint32Array", "uint32"],
  ["Float16Array", "float16"],
  ["Float32Array", "float32"],
  ["Float64Array", "float64"],
  ["BigInt64Array", "int64"],
  ["BigUint64Array", "uint64"],
]);

const CLASS_NAMES = new Map([...DTYPES].map(([name, dtype]) => [dtype, name]));

/** The element type of a typed array, also of a subclass such as `Buffer`; `undefined` for a `DataView`. */
export function dtypeOf(view: ArrayBufferView): string | undefined {
  return DTYPES.get((view as Uint8Array)[Symbol.toStringTag]);
}

/** True for an array that travels as base64. */
export function isPackedArray(value: unknown): value is PackedArray {
  if (typeof value !== "object" || value === null || !("dtype" in value && "base64" in value)) return false;
  return "shape" in value && Array.isArray(value.shape);
}

/**
 * The numbers of a {@linkcode PackedArray} in one row, whatever its shape; `undefined` for any other value, and for an
 * element type that this runtime lacks.
 *
 * @example
 * ```ts
 * import { unpackArray } from "labdaemon/client";
 *
 * const numbers = unpackArray({ dtype: "int16", shape: [2, 2], base64: "AQACAAMABAA=" });
 * console.assert(numbers instanceof Int16Array && numbers.join() === "1,2,3,4");
 * ```
 */
export function unpackArray(value: unknown): NumberArray | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { dtype, shape, base64 } = value as Partial<PackedArray>;
  const name = CLASS_NAMES.get(String(dtype));
  if (!name || typeof base64 !== "string") return undefined;
  const Class = (globalThis as unknown as Record<string, (new (buffer: ArrayBuffer) => NumberArray) | undefined>)[name];
  try {
    const array = Class && new Class(bytesOf(base64).buffer);
    const isWhole = !Array.isArray(shape) || shape.reduce((product, length) => product * length, 1) === array?.length;
    return isWhole ? array : undefined;
  } catch {
    return undefined; // not base64, or not a whole number of elements
  }
}

/**
 * A value that was read from JSON, with each {@linkcode PackedArray} of one dimension replaced by its typed array, bit
 * by bit. Changes `value` in place where it can.
 *
 * @example
 * ```ts
 * import { decodeArrays } from "./packed_array.ts";
 *
 * const payload = { trace: { dtype: "float16", shape: [2], base64: "ADwAwA==" } };
 * console.assert((decodeArrays(payload) as { trace: Float16Array }).trace[1] === -2);
 * ```
 */
export function decodeArrays(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const isAlone = isPackedArray(value) && value.shape.length === 1 && Object.keys(value).length === 3;
  const array = isAlone ? unpackArray(value) : undefined;
  if (array) return array;
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    if (typeof object[key] === "object") object[key] = decodeArrays(object[key]);
  }
  return object;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  // Browsers have `fromBase64()` since 2025.
  return Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
