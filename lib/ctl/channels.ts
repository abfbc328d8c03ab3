import type { JSONSchema } from "../client/mod.ts";

/** What a payload is called that has no names in it. */
const UNNAMED = "value";

/**
 * The single values of a payload under their names, as `cpu.total` in `{ cpu: { total: 3 } }`, in the payload's own order.
 * A list, and an array as base64, is one value.
 */
export function channels(payload: unknown, name = ""): [name: string, value: unknown][] {
  if (!isGroup(payload)) return [[name || UNNAMED, payload]];
  return Object.entries(payload).flatMap(([key, value]) => channels(value, name ? `${name}.${key}` : key));
}

/** The channels that a sample's schema names, in its order, each with its own schema. */
export function channelsOfSchema(schema: JSONSchema, name = ""): [name: string, schema: JSONSchema][] {
  const { type, properties } = schema as { type?: unknown; properties?: Record<string, JSONSchema> };
  // What it leaves open, only samples can tell.
  if (type === "object" && !properties) return [];
  if (!properties) return type === undefined && !name ? [] : [[name || UNNAMED, schema]];
  return Object.entries(properties).flatMap(([key, value]) => channelsOfSchema(value, name ? `${name}.${key}` : key));
}

/** Whether a value is an array as base64, as the daemon sends it when it is asked to. */
export function isPackedArray(value: unknown): value is { dtype: string; shape: number[]; base64: string } {
  if (typeof value !== "object" || value === null || !("dtype" in value && "base64" in value)) return false;
  return "shape" in value && Array.isArray(value.shape);
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isPackedArray(value);
}
