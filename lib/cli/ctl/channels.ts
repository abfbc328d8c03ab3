import type { JSONSchema } from "../../client/mod.ts";

/** What a payload is called that has no names in it. */
export const UNNAMED = "value";

/** Where a value is in a payload: the keys that lead to it. */
export type Path = readonly string[];

/**
 * The single values of a payload, in the payload's own order. A list, and an array as base64, is one value.
 */
export function channels(payload: unknown, path: Path = []): [path: Path, value: unknown][] {
  if (!isGroup(payload)) return [[path, payload]];
  return Object.entries(payload).flatMap(([key, value]) => channels(value, [...path, key]));
}

/** The channels that a sample's schema names, in its order, each with its own schema. */
export function channelsOfSchema(schema: JSONSchema, path: Path = []): [path: Path, schema: JSONSchema][] {
  const { type, properties } = schema as { type?: unknown; properties?: Record<string, JSONSchema> };
  // What it leaves open, only samples can tell.
  if (type === "object" && !properties) return [];
  if (!properties) return type === undefined && !path.length ? [] : [[path, schema]];
  return Object.entries(properties).flatMap(([key, value]) => channelsOfSchema(value, [...path, key]));
}

/** What a channel is called, as `cpu.total` in `{ cpu: { total: 3 } }`. */
export function nameOf(path: Path): string {
  return path.join(".") || UNNAMED;
}

/** The same names, each only once: of those that are taken, the later ones have `payload.` before them, as often as it needs. */
export function distinctNames(names: readonly string[], fixed: readonly string[] = []): string[] {
  const given = new Set(fixed);
  // Who has a name by right keeps it, also behind one who needs another.
  const taken = new Set([...fixed, ...names]);
  return names.map((name) => {
    let own = name;
    if (given.has(name)) { while (taken.has(own)) own = `payload.${own}`; }
    given.add(own);
    taken.add(own);
    return own;
  });
}

/** Whether a value is an array as base64, as the daemon sends it when it is asked to. */
export function isPackedArray(value: unknown): value is { dtype: string; shape: number[]; base64: string } {
  if (typeof value !== "object" || value === null || !("dtype" in value && "base64" in value)) return false;
  return "shape" in value && Array.isArray(value.shape);
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isPackedArray(value);
}
