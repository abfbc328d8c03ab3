import type { JsonSchema } from "../../wire/driver.ts";

/** The form of a waveform: one channel, a list of channels, or channels by name. */
export type WaveformForm = "channel" | "list" | "object";

/** The form of the waveforms that a sample's schema describes; `undefined` if its samples are no waveforms. */
export function waveformForm(schema: JsonSchema | null | undefined): WaveformForm | undefined {
  if (isArray(schema)) return isArray(plain(schema)!.items as JsonSchema) ? "list" : "channel";
  const properties = Object.values((plain(schema)?.properties ?? {}) as Record<string, JsonSchema>);
  return properties.length > 0 && properties.every(isArray) ? "object" : undefined;
}

/** True for a list of items of one kind; a tuple has `prefixItems`. */
function isArray(schema: JsonSchema | null | undefined): boolean {
  const { type, items, prefixItems } = plain(schema) ?? {};
  return type === "array" && items !== undefined && prefixItems === undefined;
}

/** The schema, or the first alternative that is not `null`. */
function plain(schema: JsonSchema | null | undefined): JsonSchema | undefined {
  const { anyOf, oneOf } = schema ?? {};
  const alternatives = (anyOf ?? oneOf) as JsonSchema[] | undefined;
  return alternatives ? alternatives.find(({ type }) => type !== "null") : schema ?? undefined;
}
