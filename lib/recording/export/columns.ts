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

/** A channel of one device. */
interface FoundChannel {
  device: string;
  key: string;
  /** The type of its first value. */
  sampled?: ColumnType;
  /** The type that the schema gives. */
  described?: ColumnType;
  unit?: string;
}

/**
 * The columns of some devices: the channels of their schemas, and of the first sample of each. A channel that is missing in that sample
 * has its type from a later one of `firsts`, or from the schema.
 */
export function columnsOf(firsts: Iterable<StoredEvent>): Column[] {
  const found = new Map<string, FoundChannel>();
  const sampled = new Set<string>();
  const placeOf = (device: string, path: ChannelPath) => `${device} ${JSON.stringify(path)}`;
  const at = (device: string, path: ChannelPath) => {
    const place = placeOf(device, path);
    const channel = found.get(place) ?? { device, key: JSON.stringify(path) };
    found.set(place, channel);
    return channel;
  };
  for (const { device, event, data } of firsts) {
    const { sample, payload } = JSON.parse(data) as { sample?: JsonSchema | null; payload?: unknown };
    if (event === "device_data") {
      for (const [path, value] of channels(payload)) {
        if (sampled.has(device) && !found.has(placeOf(device, path))) continue;
        const channel = at(device, path);
        if (value !== null) channel.sampled ??= typeOf(value);
      }
      sampled.add(device);
    } else {
      for (const path of channelsOfSchema(sample ?? {})) {
        const channel = at(device, path);
        channel.unit ??= unitAt(sample, path) || undefined;
        channel.described ??= describedType(schemaAt(sample, path));
      }
    }
  }
  const columns = new Map<string, FoundChannel[]>();
  for (const channel of withoutGroups([...found.values()])) {
    columns.set(channel.key, [...columns.get(channel.key) ?? [], channel]);
  }
  const names = distinctNames([...columns.keys()].map((key) => nameOf(JSON.parse(key))), FIXED_COLUMNS);
  return [...columns].map(([key, all], i) => {
    const units = all.flatMap(({ device, unit }) => unit ? [[device, unit]] : []);
    return { key, name: names[i], type: commonType(all), units: Object.fromEntries(units) };
  });
}

/** The schema of a device may name a group whose parts its sample has: only the parts are channels. */
function withoutGroups(all: readonly FoundChannel[]): FoundChannel[] {
  const groups = new Set<string>();
  for (const { device, key } of all) {
    const path = JSON.parse(key) as string[];
    for (let i = 0; i < path.length; i++) groups.add(`${device} ${JSON.stringify(path.slice(0, i))}`);
  }
  return all.filter(({ device, key }) => !groups.has(`${device} ${key}`));
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

/** The type that all values of a column have: those that were sampled, or else those of the schemas. */
function commonType(all: readonly FoundChannel[]): ColumnType {
  const sampled = new Set(all.flatMap((channel) => sampledType(channel) ?? []));
  const [first = "json", ...others] = sampled.size > 0 ? sampled : new Set(all.flatMap((it) => it.described ?? []));
  if (others.length === 0) return first;
  // A device may have integers where another one has fractions, and a text where another one has a number.
  return [first, ...others].every((it) => it === "number" || it === "integer") ? "number" : "json";
}

/** The type of a channel by its first value, which does not show that all are integers. */
function sampledType({ sampled, described }: FoundChannel): ColumnType | undefined {
  if (described !== "integer") return sampled;
  return sampled === undefined || sampled === "number" ? "integer" : "json";
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
