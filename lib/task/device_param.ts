import { z } from "zod";
import type { JsonSchema } from "../wire/driver.ts";

/**
 * The schema of a param that is the id of a device: the task owns that device while it runs.
 *
 * @example
 * ```ts
 * import { deviceParam } from "labdaemon/task";
 *
 * const supply = deviceParam("The supply that is set");
 * console.assert(supply.parse("psu1") === "psu1");
 * ```
 */
export function deviceParam(description = "A device"): z.ZodString {
  return z.string().min(1).meta({ description, device: true });
}

/** The devices that params name: those that {@linkcode deviceParam} stands for, also in lists. */
export function devicesIn(schema: JsonSchema, params: Record<string, unknown>): string[] {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const found = Object.entries(properties).flatMap(([name, property]) => named(property, params[name]));
  return [...new Set(found)];
}

function named(schema: JsonSchema, value: unknown): string[] {
  if (typeof value === "string") return schema.device === true ? [value] : [];
  const items = schema.items as JsonSchema | undefined;
  if (Array.isArray(value) && items) return value.flatMap((it) => named(items, it));
  if (typeof value !== "object" || value === null) return [];
  return devicesIn(schema, value as Record<string, unknown>);
}
