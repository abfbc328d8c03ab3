import { DTYPES } from "./encode.ts";

type TypedArray = ArrayBufferView<ArrayBuffer>;
type TypedArrayClass = { new (buffer: ArrayBuffer): TypedArray; BYTES_PER_ELEMENT: number };

/** The class for each element type. */
const CLASSES = new Map([...DTYPES].reverse().map(([Class, dtype]) => [dtype, Class as TypedArrayClass]));

/**
 * A value that was read from JSON, with each `{dtype, shape, base64}` of one dimension replaced by its typed array, bit
 * by bit. Changes `value` in place where it can.
 */
export function decodeArrays(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const array = typedArray(value);
  if (array) return array;
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    if (typeof object[key] === "object") object[key] = decodeArrays(object[key]);
  }
  return object;
}

function typedArray(value: object): TypedArray | undefined {
  if (!("base64" in value && "dtype" in value && "shape" in value)) return undefined;
  const { base64, dtype, shape, ...rest } = value;
  const Class = CLASSES.get(String(dtype));
  if (!Class || typeof base64 !== "string" || !Array.isArray(shape) || Object.keys(rest).length) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(base64);
    if (shape.length !== 1 || bytes.length !== shape[0] * Class.BYTES_PER_ELEMENT) return undefined;
    return new Class(bytes.buffer);
  } catch {
    return undefined;
  }
}
