/** The channels of a payload that a plot can show. */
import { type ChannelPath, channels, nameOf } from "../../lib/format/channels.ts";
import { isPackedArray, unpackArray } from "../../lib/wire/packed_array.ts";

/** A list of numbers that is one value; NaN for a missing number. */
export type Waveform = Float64Array;

/** A table of numbers that is one picture, row after row; NaN for a missing number. */
export interface Image {
  width: number;
  values: Float64Array;
}

/** One value of a payload under its name. */
export interface Leaf {
  /** `cpu.cores.0`; of a payload without names `value`. Two paths may have one name. */
  name: string;
  path: string[];
  /** `null` for a missing value. */
  value: Value | null;
}

/** A value of a channel. An integer that no number holds exactly is a bigint. */
export type Value = number | bigint | boolean | string | Waveform | Image;

/** A longer list of numbers within an object is a waveform; a shorter one, as many channels. */
const MAX_LIST = 64;
/** A smaller table is as many channels. */
const MIN_IMAGE = 64;
/** A longer text is cut. */
const MAX_TEXT_CHARS = 60;
/** The channels of a payload have at most this number of keys in their path. */
const MAX_PATH_LENGTH = 8;

/**
 * The numbers, waveforms, images, booleans, texts and nulls of a payload. A list of numbers at the top is a waveform whatever its
 * length.
 */
export function leavesOf(payload: unknown): Leaf[] {
  const waveforms = new Map<unknown, Waveform | Image>();
  const groupOf = (value: unknown, path: ChannelPath) => {
    if (typeof value !== "object" || value === null || path.length > MAX_PATH_LENGTH) return undefined;
    const waveform = imageOf(value) ?? waveformOf(value, path.length > 0 ? MAX_LIST : 0);
    if (waveform) waveforms.set(value, waveform);
    return waveform ? undefined : unpackArray(value) ?? value;
  };
  return channels(payload, groupOf).flatMap(([path, value]) => {
    const leaf = path.length > MAX_PATH_LENGTH ? undefined : waveforms.get(value) ?? leafOf(value);
    return leaf === undefined ? [] : [{ name: nameOf(path), path: [...path], value: leaf }];
  });
}

function leafOf(value: unknown): Leaf["value"] | undefined {
  if (typeof value === "string") return BIG_INTEGER.test(value) ? exactly(value) : shortened(value);
  return value === null || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}

function shortened(text: string): string {
  return text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}…` : text;
}

/** An integer beyond those that a JSON number holds; a text of fewer digits is a text. */
function exactly(digits: string): bigint | string {
  const integer = BigInt(digits);
  return Number.isSafeInteger(Number(integer)) ? digits : integer;
}

function imageOf(value: object): Image | undefined {
  const rows = rowsOf(value);
  const width = rows?.[0]?.length ?? 0;
  if (!rows || rows.length < 2 || width < 2 || rows.length * width < MIN_IMAGE) return undefined;
  const values = new Float64Array(rows.length * width);
  for (const [y, row] of rows.entries()) values.set(row, y * width);
  return { width, values };
}

/** The rows of a table of numbers; `undefined` for anything else. */
function rowsOf(value: object): ArrayLike<number>[] | undefined {
  if (Array.isArray(value)) {
    // A row may travel as base64.
    if (!value.every((row) => Array.isArray(row) || isPackedArray(row))) return undefined;
    const rows = value.map((row) => waveformOf(row, 0));
    return rows.length && rows.every((row) => row !== undefined && row.length === rows[0]?.length)
      ? rows as Waveform[]
      : undefined;
  }
  if (!isPackedArray(value) || value.shape.length !== 2) return undefined;
  const array = unpackArray(value);
  const [height, width] = value.shape;
  if (!array) return undefined;
  const numbers = Float64Array.from(array, Number);
  return Array.from({ length: height }, (_, y) => numbers.subarray(y * width, (y + 1) * width));
}

function waveformOf(value: object, longestList: number): Waveform | undefined {
  const array = unpackArray(value);
  if (array) return array.length > longestList ? Float64Array.from(array, Number) : undefined;
  if (!Array.isArray(value) || value.length <= longestList || !value.every(isNumeric)) return undefined;
  return Float64Array.from(value, (one) => one === null ? NaN : Number(one));
}

/** A text of digits: an integer that a JSON number does not hold exactly travels so. */
const BIG_INTEGER = /^-?\d{16,20}$/;

function isNumeric(value: unknown): boolean {
  return value === null || typeof value === "number" || (typeof value === "string" && BIG_INTEGER.test(value));
}
