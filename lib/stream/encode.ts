import { LabError, messageOf } from "../errors.ts";
import type { ArrayEncoding } from "../driver/mod.ts";

/** Deeper nesting counts as a cycle. */
const MAX_DEPTH = 200;

/**
 * How typed arrays travel. `exact`: as `base64`, and bytes too have their type; for consumers in the daemon's process.
 */
export type SampleEncoding = ArrayEncoding | "exact";

/** The wire's names for the element types of typed arrays. */
export const DTYPES = new Map<unknown, string>([
  [Int8Array, "int8"],
  [Uint8Array, "uint8"],
  [Uint8ClampedArray, "uint8"],
  [Int16Array, "int16"],
  [Uint16Array, "uint16"],
  [Int32Array, "int32"],
  [Uint32Array, "uint32"],
  [Float16Array, "float16"],
  [Float32Array, "float32"],
  [Float64Array, "float64"],
  [BigInt64Array, "int64"],
  [BigUint64Array, "uint64"],
]);

/**
 * Anything a driver yields or returns, as JSON text. NaN and infinities become `null`, as does `undefined`; a BigInt
 * becomes a number where it fits, else a string; a Date RFC 3339; a Map an object and a Set an array; bytes base64; any
 * other typed array a JSON array, or `{dtype, shape, base64}` (little-endian) if `arrays` says so.
 *
 * @throws {LabError} `DriverError` of type `NotSerializable`, for a value without a representation in JSON: a
 * function, a symbol, a promise, a cycle, a getter that throws.
 */
export function encodeJson(value: unknown, arrays: SampleEncoding = "json"): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
  try {
    return JSON.stringify(plain(value, arrays, "")) ?? "null";
  } catch (thrown) {
    // Another error was thrown by the value itself: by a getter, a toJSON, or a key of a Map that is no text.
    throw thrown instanceof LabError ? thrown : notSerializable(messageOf(thrown), "", thrown);
  }
}

/**
 * The value with everything replaced that JSON cannot represent. Plain values, which most samples are, stay as they
 * are.
 */
function plain(value: unknown, arrays: SampleEncoding, path: string, depth = 0): unknown {
  if (isPlain(value)) return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== "object") throw notSerializable(`it holds a ${typeof value}`, path);
  if (depth > MAX_DEPTH) throw notSerializable("it is nested too deep, or contains itself", path.slice(0, 80));
  const object = value as object;
  if (Array.isArray(object)) {
    if (object.every(isPlain)) return object;
    return object.map((item, index) => plain(item, arrays, `${path}[${index}]`, depth + 1));
  }
  if (ArrayBuffer.isView(object)) return plainView(object, arrays);
  if (object instanceof ArrayBuffer) return new Uint8Array(object).toBase64();
  if (object instanceof Map) return plain(Object.fromEntries(object), arrays, path, depth + 1);
  if (object instanceof Set) return plain([...object], arrays, path, depth + 1);
  if (object instanceof Error) return { name: object.name, message: object.message };
  if (object instanceof Promise) throw notSerializable("it holds a promise", path);
  if ("toJSON" in object && typeof object.toJSON === "function") return plain(object.toJSON(), arrays, path, depth + 1);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    copy[key] = plain((object as Record<string, unknown>)[key], arrays, `${path}.${key}`, depth + 1);
  }
  return copy;
}

function isPlain(value: unknown): boolean {
  const type = typeof value;
  return type === "number" || type === "string" || type === "boolean" || value === null || value === undefined;
}

function plainView(view: ArrayBufferView, arrays: SampleEncoding): unknown {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const dtype = DTYPES.get(view.constructor);
  if (!dtype || (view instanceof Uint8Array && arrays !== "exact")) return bytes.toBase64();
  const array = view as Float64Array | BigInt64Array;
  if (arrays !== "json") return { dtype, shape: [array.length], base64: bytes.toBase64() };
  return plain(Array.from<number | bigint>(array), arrays, "");
}

function notSerializable(problem: string, path: string, cause?: unknown): LabError {
  const where = path ? ` at ${path.replace(/^\./, "")}` : "";
  return new LabError("DriverError", `Cannot turn the value into JSON: ${problem}${where}`, {
    type: "NotSerializable",
    cause,
  });
}

const decoder = new TextDecoder();

/** A value as JSON text that has not been parsed: a large result is passed on as it came. */
export class EncodedJson {
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }

  decode(): unknown {
    return JSON.parse(decoder.decode(this.bytes));
  }
}
