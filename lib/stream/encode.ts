import { LabError, messageOf } from "../errors.ts";
import type { ArrayEncoding } from "../driver/mod.ts";
import { dtypeOf } from "../wire/packed_array.ts";

/** The limit of nesting in a value that a driver yields or returns. Deeper nesting counts as a cycle. */
export const MAX_ENCODED_DEPTH = 200;

/**
 * Anything a driver yields or returns, as JSON text. NaN and infinities become `null`, as does `undefined`; a BigInt
 * becomes a number where it fits, else a string; a Date RFC 3339; a Map an object and a Set an array; bytes base64; any
 * other typed array a JSON array. With `arrays: "base64"`, every typed array becomes `{dtype, shape, base64}`
 * (little-endian), a `Uint8Array` too; only an `ArrayBuffer` and a `DataView`, whose elements have no type, are bare base64.
 *
 * @throws {LabError} `DriverError` of type `NotSerializable`, for a value without a representation in JSON: a
 * function, a symbol, a promise, a cycle, a getter that throws.
 */
export function encodeJson(value: unknown, arrays: ArrayEncoding = "json"): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
  if (value instanceof JsonText) return value.text;
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
function plain(value: unknown, arrays: ArrayEncoding, path: string, depth = 0): unknown {
  if (isPlain(value)) return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== "object") throw notSerializable(`it holds a ${typeof value}`, path);
  if (depth > MAX_ENCODED_DEPTH) throw notSerializable("it is nested too deep, or contains itself", path.slice(0, 80));
  const object = value as object;
  if (Array.isArray(object)) {
    if (object.every(isPlain)) return object;
    return object.map((item, index) => plain(item, arrays, `${path}[${index}]`, depth + 1));
  }
  if (ArrayBuffer.isView(object)) return plainView(object, arrays);
  if (object instanceof ArrayBuffer || object instanceof SharedArrayBuffer) return new Uint8Array(object).toBase64();
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

function plainView(view: ArrayBufferView, arrays: ArrayEncoding): unknown {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const dtype = dtypeOf(view);
  if (!dtype || (arrays === "json" && view instanceof Uint8Array)) return bytes.toBase64();
  const array = view as Float64Array | BigInt64Array;
  if (arrays === "base64") return { dtype, shape: [array.length], base64: bytes.toBase64() };
  return plain(Array.from<number | bigint>(array), arrays, "");
}

function notSerializable(problem: string, path: string, cause?: unknown): LabError {
  const where = path ? ` at ${path.replace(/^\./, "")}` : "";
  return new LabError("DriverError", `Cannot turn the value into JSON: ${problem}${where}`, {
    type: "NotSerializable",
    cause,
  });
}

/** The size of a text in UTF-8. */
export function byteLength(text: string): number {
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Both halves of a surrogate pair have 2 bytes.
    if (code > 127) size += code < 2048 || (code >= 0xd800 && code < 0xe000) ? 1 : 2;
  }
  return size;
}

/** True for V8's error for a text that is longer than any text can be. */
export function isTooLong(error: unknown): boolean {
  const cause = error instanceof LabError ? error.cause : error;
  return cause instanceof RangeError && cause.message === "Invalid string length";
}

/** A sample that is JSON text already, as a recording has it: it is streamed to the last digit as it is. */
export class JsonText {
  readonly text: string;

  /** @param text Valid JSON in one line. */
  constructor(text: string) {
    this.text = text;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

const decoder = new TextDecoder();

/** A value as JSON text that has not been parsed: a large result is passed on as it came. */
export class EncodedJson {
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }

  text(): string {
    return decoder.decode(this.bytes);
  }

  decode(): unknown {
    return JSON.parse(this.text());
  }
}
