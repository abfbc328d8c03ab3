/** The channels of a payload that a plot can show. */
import { channels, nameOf, type Path } from "../../lib/format/channels.ts";

/** A list of numbers that is one value; NaN for a missing number. */
export type Waveform = Float64Array;

/** One value of a payload under its name. */
export interface Leaf {
  /** `cpu.cores.0`; of a payload without names `value`. Two paths may have one name. */
  name: string;
  path: string[];
  /** `null` where there is none. */
  value: number | boolean | string | Waveform | null;
}

/** A longer list of numbers within an object is a waveform; a shorter one, as many channels. */
const MAX_LIST = 64;
/** A longer text is cut. */
const MAX_TEXT = 60;
const MAX_DEPTH = 8;

/**
 * The numbers, waveforms, booleans, texts and nulls of a payload. A list of numbers at the top is a waveform whatever its
 * length.
 */
export function leavesOf(payload: unknown): Leaf[] {
  const waveforms = new Map<unknown, Waveform>();
  const groupOf = (value: unknown, path: Path) => {
    if (typeof value !== "object" || value === null || path.length > MAX_DEPTH) return undefined;
    const waveform = waveformOf(value, path.length > 0 ? MAX_LIST : 0);
    if (waveform) waveforms.set(value, waveform);
    return waveform ? undefined : unpacked(value);
  };
  return channels(payload, groupOf).flatMap(([path, value]) => {
    const leaf = path.length > MAX_DEPTH ? undefined : waveforms.get(value) ?? leafOf(value);
    return leaf === undefined ? [] : [{ name: nameOf(path), path: [...path], value: leaf }];
  });
}

function leafOf(value: unknown): Leaf["value"] | undefined {
  if (typeof value === "string") return shortened(value);
  return value === null || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}

function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
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

/** The array in `{ dtype: "float32", base64 }`, the packed form of the wire. Any other value is returned unchanged. */
function unpacked(value: object): object | NumberArray {
  const { dtype, base64 } = value as { dtype?: unknown; base64?: unknown };
  if (typeof dtype !== "string" || typeof base64 !== "string" || !Object.hasOwn(ARRAYS, dtype)) return value;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new ARRAYS[dtype](bytes.buffer);
  } catch {
    return value; // not base64
  }
}
