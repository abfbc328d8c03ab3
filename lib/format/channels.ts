/**
 * A payload as named channels: `{ cpu: { total: 3 } }` has one, `cpu.total`.
 *
 * @module
 */
import type { JsonSchema } from "../wire/driver.ts";
import { isPackedArray } from "../wire/packed_array.ts";

/** The name of the only channel of a payload without names. */
export const UNNAMED = "value";

/** The keys that lead to a value in a payload. */
export type ChannelPath = readonly string[];

/**
 * The values of a payload with their paths, in the payload's order.
 *
 * @param groupOf Returns an object or a list whose entries are channels; `undefined` for a value that is one channel.
 * By default only objects are groups: a list is one value, and so is an array as base64.
 */
export function channels(
  payload: unknown,
  groupOf: (value: unknown, path: ChannelPath) => object | undefined = objectOf,
  path: ChannelPath = [],
): [path: ChannelPath, value: unknown][] {
  const group = groupOf(payload, path);
  if (!group) return [[path, payload]];
  return Object.entries(group).flatMap(([key, value]) => channels(value, groupOf, [...path, key]));
}

/** The channels that a sample's schema names, in its order. Without a schema, and for open objects, none. */
export function channelsOfSchema(schema: JsonSchema, path: ChannelPath = []): ChannelPath[] {
  const { type, properties } = schema as { type?: unknown; properties?: Record<string, JsonSchema> };
  if (type === "object" && !properties) return [];
  if (!properties) return type === undefined && !path.length ? [] : [path];
  return Object.entries(properties).flatMap(([key, value]) => channelsOfSchema(value, [...path, key]));
}

/** The unit that a sample's schema gives for the value at a path; empty if it gives none. */
export function unitAt(schema: JsonSchema | null | undefined, [key, ...rest]: ChannelPath): string {
  const { anyOf, unit, items, properties, additionalProperties } = (schema ?? {}) as {
    anyOf?: JsonSchema[];
    unit?: unknown;
    items?: JsonSchema;
    properties?: Record<string, JsonSchema>;
    additionalProperties?: JsonSchema;
  };
  const inner = anyOf?.find(({ type }) => type !== "null");
  const own = typeof unit === "string" ? unit : "";
  if (own && key === undefined) return own;
  if (inner) return unitAt(inner, key === undefined ? [] : [key, ...rest]) || (inner.items ? own : "");
  if (key === undefined) return items ? unitAt(items, []) : "";
  const named = properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const next = named ?? items ?? additionalProperties;
  // The unit of a list is that of its items.
  return (typeof next === "object" ? unitAt(next, rest) : "") || (items && !named ? own : "");
}

/** A channel's name, as `cpu.total`. */
export function nameOf(path: ChannelPath): string {
  return path.join(".") || UNNAMED;
}

/** The names, each made unique by `payload.` before it, as often as needed. Names in `reserved` are taken. */
export function distinctNames(names: readonly string[], reserved: readonly string[] = []): string[] {
  const given = new Set(reserved);
  // A channel keeps a name of its own, also behind one that needs another name.
  const taken = new Set([...reserved, ...names]);
  return names.map((name) => {
    let own = name;
    if (given.has(name)) { while (taken.has(own)) own = `payload.${own}`; }
    given.add(own);
    taken.add(own);
    return own;
  });
}

function objectOf(value: unknown): object | undefined {
  const isGroup = typeof value === "object" && value !== null && !Array.isArray(value) && !isPackedArray(value);
  return isGroup ? value : undefined;
}
