import type { JsonSchema, PropertyStatus } from "../../lib/client/mod.ts";
import { words } from "../form/form_of.ts";
import { shortJson } from "../words/short_json.ts";

/** A value with its unit, as a panel shows it: `4.98 V`, `on`, `cv`. */
export function propertyText(value: unknown, { unit }: JsonSchema): string {
  if (value === null || value === undefined) return "no value";
  if (typeof value === "number") {
    return `${Number(value.toPrecision(7))} ${typeof unit === "string" ? unit : ""}`.trim();
  }
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "string" ? value : shortJson(value);
}

/** The schema of a form for a new value under the property's name. The present value is in the form already. */
export function newValueSchema({ name, schema, value, timestamp }: PropertyStatus): JsonSchema {
  const { $defs, $schema: _, default: __, ...itself } = schema;
  return {
    type: "object",
    properties: { [name]: { ...itself, title: `New ${words(name).toLowerCase()}` } },
    required: [name],
    additionalProperties: false,
    ...$defs !== undefined && { $defs },
    ...timestamp !== null && value !== null && { default: { [name]: value } },
  };
}

/**
 * The value so many steps away from the present one, within the limits of the schema; `undefined` if the property has
 * no step, or such a value is not allowed. A step is `multipleOf`, or `step` (`.meta({ step: 0.01 })`).
 */
export function steppedBy({ schema, value }: Pick<PropertyStatus, "schema" | "value">, steps: number) {
  const { multipleOf, step = multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema as {
    multipleOf?: number;
    step?: number;
    minimum?: number;
    maximum?: number;
    exclusiveMinimum?: number;
    exclusiveMaximum?: number;
  };
  if (typeof step !== "number" || !(step > 0) || typeof value !== "number") return undefined;
  // Without the rests of binary fractions: 0.1 + 0.2 is 0.3.
  const next = Number((value + steps * step).toPrecision(12));
  const isWithin = (minimum === undefined || next >= minimum) && (maximum === undefined || next <= maximum) &&
    (exclusiveMinimum === undefined || next > exclusiveMinimum) &&
    (exclusiveMaximum === undefined || next < exclusiveMaximum);
  return isWithin || steps === 0 ? next : undefined;
}
