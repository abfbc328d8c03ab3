/**
 * JSON schemas in words.
 *
 * @module
 */
import type { JsonSchema } from "../wire/driver.ts";

/** The values that a schema allows: `number, -10 to 10 V`, `slow | fast`, `array of integer, at most 8 items`. */
export function schemaWords(schema: JsonSchema): string {
  const { type = "any", enum: choices, anyOf, oneOf, items, unit, minLength, maxLength, minItems, maxItems } =
    schema as {
      type?: string | string[];
      enum?: unknown[];
      anyOf?: JsonSchema[];
      oneOf?: JsonSchema[];
      items?: JsonSchema;
      unit?: string;
      minLength?: number;
      maxLength?: number;
      minItems?: number;
      maxItems?: number;
    };
  const constants = choices ?? ("const" in schema ? [schema.const] : undefined);
  const kind = (anyOf ?? oneOf)?.map(schemaWords).join(" or ") ?? constants?.map(constantText).join(" | ") ??
    [type].flat().join(" or ") + (items ? ` of ${schemaWords(items)}` : "");
  return [
    kind,
    rangeWords(schema, unit) || unit,
    countWords(minLength, maxLength, "character"),
    countWords(minItems, maxItems, "item"),
  ].filter(Boolean).join(", ");
}

/** The limits of a number with their unit: `0 to 50 V`, `more than 0 V, in steps of 0.5 V`; empty without limits. */
export function rangeWords(schema: JsonSchema, unit = ""): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const withUnit = (value: unknown) => `${value} ${unit}`.trim();
  return [
    between(minimum, maximum, withUnit),
    isLimit(exclusiveMinimum) && `more than ${withUnit(exclusiveMinimum)}`,
    isLimit(exclusiveMaximum) && `less than ${withUnit(exclusiveMaximum)}`,
    isLimit(multipleOf) && `in steps of ${withUnit(multipleOf)}`,
  ].filter(Boolean).join(", ");
}

/** The limits of a count: `at most 8 items`, `1 to 4 characters`, `exactly 1 item`; empty without limits. */
export function countWords(min: unknown, max: unknown, noun: string): string {
  const counted = (count: unknown) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  const [low, high] = [isLimit(min) && min > 0 ? min : undefined, isLimit(max) ? max : undefined];
  if (low !== undefined && low === high) return `exactly ${counted(low)}`;
  return between(low, high, counted);
}

function between(low: unknown, high: unknown, text: (value: unknown) => string): string {
  if (isLimit(low) && isLimit(high)) return low === high ? text(low) : `${low} to ${text(high)}`;
  return isLimit(low) ? `at least ${text(low)}` : isLimit(high) ? `at most ${text(high)}` : "";
}

/** True for a limit that matters: zod limits each integer to the safe ones. */
function isLimit(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}

/** A constant as a person types it where that is unambiguous, else as JSON. */
function constantText(value: unknown): string {
  return typeof value === "string" && /^[^\s|,"]+$/.test(value) ? value : JSON.stringify(value);
}
