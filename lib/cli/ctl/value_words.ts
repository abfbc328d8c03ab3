import type { JSONSchema } from "../../client/mod.ts";

/** What a schema allows, in few words: `number, -10 to 10 V`, `slow | fast`, `array of integer, at most 8 items`. */
export function valueWords(schema: JSONSchema): string {
  const { type = "any", enum: choices, anyOf, oneOf, items, unit } = schema as {
    type?: string | string[];
    enum?: unknown[];
    anyOf?: JSONSchema[];
    oneOf?: JSONSchema[];
    items?: JSONSchema;
    unit?: string;
  };
  const ways = anyOf ?? oneOf;
  const constants = choices ?? ("const" in schema ? [schema.const] : undefined);
  const kind = ways?.map(valueWords).join(" or ") ?? constants?.map(constant).join(" | ") ??
    [type].flat().join(" or ") + (items ? ` of ${valueWords(items)}` : "");
  // A limit and its unit are one: 0 to 5 V.
  const limits = [limitsOf(schema), unit].filter(Boolean).join(" ");
  return limits ? `${kind}, ${limits}` : kind;
}

function limitsOf(schema: JSONSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const { minLength, maxLength, minItems, maxItems } = schema;
  return [
    between(minimum, maximum),
    isLimit(exclusiveMinimum) && `more than ${exclusiveMinimum}`,
    isLimit(exclusiveMaximum) && `less than ${exclusiveMaximum}`,
    isLimit(multipleOf) && `in steps of ${multipleOf}`,
    counted(minLength, maxLength, "characters"),
    counted(minItems, maxItems, "items"),
  ].filter(Boolean).join(", ");
}

function between(low: unknown, high: unknown): string | false {
  if (isLimit(low) && isLimit(high)) return low === high ? `${low}` : `${low} to ${high}`;
  return isLimit(low) ? `at least ${low}` : isLimit(high) && `at most ${high}`;
}

function counted(least: unknown, most: unknown, what: string): string | false {
  const range = between(least || undefined, most);
  return range && `${range} ${what}`;
}

/** What zod says of every integer is no limit that anybody meets. */
function isLimit(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}

/** A text as one would type it, if that is clear. */
function constant(value: unknown): string {
  return typeof value === "string" && /^[^\s|,"]+$/.test(value) ? value : JSON.stringify(value);
}
