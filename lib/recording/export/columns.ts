import { type ChannelPath, channels, channelsOfSchema, distinctNames, nameOf, unitAt } from "../../format/channels.ts";
import { isPackedArray, unpackArray } from "../../wire/packed_array.ts";
import type { JsonSchema } from "../../wire/driver.ts";
import { isExactInteger } from "./exact_value.ts";
import type { StoredEvent } from "../store/stored_events.ts";

/** The columns that every table has before the channels. */
export const FIXED_COLUMNS = ["device_id", "epoch", "sequence", "timestamp", "event", "lost", "detail"];

/** The type of a column. `json` holds anything, as text. */
export type ColumnType = "number" | "integer" | "boolean" | "text" | "numbers" | "json";

/** The column of one channel. */
export interface Column {
  /** The path of its values in a payload, as JSON: its key. */
  key: string;
  name: string;
  type: ColumnType;
  /** The units of the channel by device, of devices that declare one. */
  units: Record<string, string>;
}

/** A column that is found. */
interface FoundColumn {
  path: ChannelPath;
  types: Set<ColumnType>;
  /** The types that schemas give. */
  described: Set<ColumnType>;
  units: Record<string, string>;
}

/**
 * The columns of some devices: the channels of their schemas, and of the first sample of each. A channel that is missing in that sample
 * has its type from a later one of `firsts`, or from the schema.
 */
export function columnsOf(firsts: Iterable<StoredEvent>): Column[] {
  const found = new Map<string, FoundColumn>();
  const sampled = new Set<string>();
  const typed = new Set<string>();
  const at = (path: ChannelPath) => {
    const key = JSON.stringify(path);
    const column = found.get(key) ?? { path, types: new Set(), described: new Set(), units: {} };
    found.set(key, column);
    return column;
  };
  for (const { device, event, data } of firsts) {
    const { sample, payload } = JSON.parse(data) as { sample?: JsonSchema | null; payload?: unknown };
    if (event === "device_data") {
      for (const [path, value] of channels(payload)) {
        const channel = `${device} ${JSON.stringify(path)}`;
        if (sampled.has(device) && (!found.has(JSON.stringify(path)) || typed.has(channel))) continue;
        const { types } = at(path);
        if (value === null) continue;
        types.add(typeOf(value));
        typed.add(channel);
      }
      sampled.add(device);
    } else {
      for (const path of channelsOfSchema(sample ?? {})) {
        const column = at(path);
        const unit = unitAt(sample, path);
        if (unit) column.units[device] = unit;
        const described = describedType(schemaAt(sample, path));
        if (described === "integer") column.types.add(described);
        if (described) column.described.add(described);
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
    const { types, described, units } = found.get(key)!;
    return { key, name: names[i], type: commonType(types.size > 0 ? types : described), units };
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

function schemaAt(schema: JsonSchema | null | undefined, path: ChannelPath): JsonSchema | undefined {
  let at = schema ?? undefined;
  for (const key of path) at = (at as { properties?: Record<string, JsonSchema> } | undefined)?.properties?.[key];
  return at;
}

/** The types of columns for the types of schemas. */
const DESCRIBED: Readonly<Record<string, ColumnType>> = {
  number: "number",
  integer: "integer",
  boolean: "boolean",
  string: "text",
};

/** The type that a schema gives, which may also allow null. */
function describedType(schema: JsonSchema | undefined): ColumnType | undefined {
  const { type, anyOf } = (schema ?? {}) as { type?: unknown; anyOf?: JsonSchema[] };
  const kinds = [...anyOf ?? [], { type }].flatMap(({ type }) => type as string | string[] ?? []);
  const [kind, ...others] = new Set(kinds.filter((kind) => kind !== "null"));
  return others.length > 0 ? undefined : DESCRIBED[kind];
}
