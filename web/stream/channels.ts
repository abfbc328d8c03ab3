/** What of a payload can be drawn or told: its channels, their names and units. */
import type { JsonSchema } from "../../lib/client/mod.ts";

/** A list of numbers that is one value; where it has a hole, NaN. */
export type Waveform = Float64Array;

/** One value of a payload under its name. */
export interface Leaf {
  /** `cpu.cores.0`; of a payload without names `value`. Two paths may have one name. */
  name: string;
  path: string[];
  /** `null` where there is none. */
  value: number | boolean | string | Waveform | null;
}

/** What a payload is called that has no names in it. */
export const UNNAMED = "value";

/** A longer list of numbers within an object is a waveform; a shorter one, as many channels. */
const LONGEST_LIST = 64;
/** A longer text is told shortened. */
const LONGEST_TEXT = 60;
const DEEPEST = 8;

/**
 * Every number, waveform, boolean and text of a payload, and where there is none. A list of numbers at the top is a waveform
 * whatever its length.
 */
export function leavesOf(payload: unknown): Leaf[] {
  const found: Leaf[] = [];
  collect(payload, [], found);
  return found;
}

function collect(value: unknown, path: string[], found: Leaf[]): void {
  if (value === undefined || path.length > DEEPEST) return;
  const name = path.join(".") || UNNAMED;
  if (value === null || typeof value === "number" || typeof value === "boolean") found.push({ name, path, value });
  else if (typeof value === "string") found.push({ name, path, value: shortened(value) });
  else if (typeof value === "object") {
    const wave = waveformOf(value, path.length > 0 ? LONGEST_LIST : 0);
    if (wave) found.push({ name, path, value: wave });
    else for (const [key, inner] of Object.entries(unpacked(value))) collect(inner, [...path, key], found);
  }
}

function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

function waveformOf(value: object, longestList: number): Waveform | undefined {
  const list = unpacked(value);
  if (ArrayBuffer.isView(list)) {
    const numbers = list as NumberArray;
    return numbers.length > longestList ? Float64Array.from(numbers, Number) : undefined;
  }
  if (!Array.isArray(list) || list.length <= longestList) return undefined;
  if (!list.every((one) => one === null || typeof one === "number")) return undefined;
  return Float64Array.from(list, (one) => one ?? NaN);
}

type NumberArray = ArrayBufferView & ArrayLike<number | bigint>;

const ARRAYS: Record<string, new (bytes: ArrayBuffer) => NumberArray> = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** `{ dtype: "float32", base64 }`, as the daemon sends arrays where the driver asks for that. Anything else as it is. */
function unpacked(value: object): object | NumberArray {
  const { dtype, base64 } = value as { dtype?: unknown; base64?: unknown };
  if (typeof dtype !== "string" || typeof base64 !== "string" || !Object.hasOwn(ARRAYS, dtype)) return value;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new ARRAYS[dtype](bytes.buffer);
  } catch {
    return value; // It only looks like one.
  }
}

/** The unit that a sample's schema gives for the value at a path; empty if it gives none. */
export function unitAt(schema: JsonSchema | null | undefined, [key, ...rest]: string[]): string {
  const { anyOf, unit, items, properties, additionalProperties } = (schema ?? {}) as {
    anyOf?: JsonSchema[];
    unit?: unknown;
    items?: JsonSchema;
    properties?: Record<string, JsonSchema>;
    additionalProperties?: JsonSchema;
  };
  const inner = anyOf?.find(({ type }) => type !== "null");
  if (typeof unit === "string" && key === undefined) return unit;
  if (inner) return unitAt(inner, key === undefined ? [] : [key, ...rest]);
  if (key === undefined) return items ? unitAt(items, []) : "";
  const named = properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const next = named ?? items ?? additionalProperties;
  return typeof next === "object" ? unitAt(next, rest) : "";
}
