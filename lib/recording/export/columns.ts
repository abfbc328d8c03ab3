import { channels, channelsOfSchema, distinctNames, nameOf, type Path, unitAt } from "../../format/channels.ts";
import { isPackedArray, unpackArray } from "../../wire/packed_array.ts";
import type { JsonSchema } from "../../wire/driver.ts";
import { isExactInteger } from "./exact_value.ts";
import type { StoredEvent } from "../store/stored_events.ts";

/** The columns of every table, before those of the channels. */
export const FIXED_COLUMNS = ["device_id", "epoch", "sequence", "timestamp", "event", "lost", "detail"];

/** The type of a column. `json` holds anything, as text. */
export type ColumnType = "number" | "integer" | "boolean" | "text" | "numbers" | "json";

/** The column of one channel. */
export interface Column {
  /** The path of its values in a payload, as JSON: its key. */
  key: string;
  name: string;
  type: ColumnType;
  /** Its unit by the device; only of those that have one. */
  units: Record<string, string>;
}

/** The columns of some devices: the channels of their schemas, and of the first sample of each. */
export function columnsOf(firsts: Iterable<StoredEvent>): Column[] {
  const found = new Map<string, { path: Path; types: Set<ColumnType>; units: Record<string, string> }>();
  const at = (path: Path) => {
    const key = JSON.stringify(path);
    const column = found.get(key) ?? { path, types: new Set<ColumnType>(), units: {} };
    found.set(key, column);
    return column;
  };
  for (const { device, event, data } of firsts) {
    const { sample, payload } = JSON.parse(data) as { sample?: JsonSchema | null; payload?: unknown };
    if (event === "device_data") {
      for (const [path, value] of channels(payload)) {
        if (value !== null) at(path).types.add(typeOf(value));
        else at(path);
      }
    } else {
      for (const path of channelsOfSchema(sample ?? {})) {
        const column = at(path);
        const unit = unitAt(sample, path);
        if (unit) column.units[device] = unit;
        if (schemaAt(sample, path)?.type === "integer") column.types.add("integer");
      }
    }
  }
  const keys = [...found.keys()];
  // A schema may name a group whose parts the sample has.
  const used = keys.filter((key) =>
    !keys.some((other) => other.startsWith(`${key.slice(0, -1)}${key === "[]" ? "" : ","}`) && other !== key)
  );
  const names = distinctNames(used.map((key) => nameOf(JSON.parse(key))), FIXED_COLUMNS);
  return used.map((key, i) => {
    const { types, units } = found.get(key)!;
    return { key, name: names[i], type: commonType(types), units };
  });
}

/** The values of a payload by the keys of their columns. */
export function valuesOf(payload: unknown): Map<string, unknown> {
  return new Map(channels(payload, groupOf).map(([path, value]) => [JSON.stringify(path), value]));
}

/** As by default, but an integer that keeps its digits is one value. */
function groupOf(value: unknown): object | undefined {
  const isGroup = typeof value === "object" && value !== null && !Array.isArray(value) && !isPackedArray(value);
  return isGroup && !isExactInteger(value) ? value : undefined;
}

/** The numbers of a list or of an array as base64; `undefined` for anything else. */
export function numbersIn(value: unknown): (number | null)[] | undefined {
  if (isPackedArray(value)) {
    const array = unpackArray(value);
    return array && Array.from(array, Number);
  }
  const isList = Array.isArray(value) && value.every((it) => typeof it === "number" || it === null);
  return isList ? value as (number | null)[] : undefined;
}

function typeOf(value: unknown): ColumnType {
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "text";
  const isWide = isPackedArray(value) && /64$/.test(value.dtype) && value.dtype !== "float64";
  return numbersIn(value) && !isWide ? "numbers" : "json";
}

/** A device may have a text where another one has a number. */
function commonType(types: Set<ColumnType>): ColumnType {
  const [first = "json", ...others] = types;
  if (others.length === 0) return first;
  return [...types].every((it) => it === "number" || it === "integer")
    ? types.has("integer") ? "integer" : "number"
    : "json";
}

function schemaAt(schema: JsonSchema | null | undefined, path: Path): JsonSchema | undefined {
  let at = schema ?? undefined;
  for (const key of path) at = (at as { properties?: Record<string, JsonSchema> } | undefined)?.properties?.[key];
  return at;
}
