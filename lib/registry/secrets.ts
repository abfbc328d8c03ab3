import { LabError } from "../errors.ts";
import type { JsonSchema } from "../wire/driver.ts";

/** Stands for a secret wherever a value is shown. */
export const MASK = "********";

/** Keys whose values are secrets whatever their schema says. */
const SECRET_KEY = /(^|_)(password|passwd|secret|token|api_key)$/i;

/** A shorter secret is not looked for in texts: it would be found in any word. */
const MIN_LENGTH_IN_TEXT = 4;

/**
 * A copy of a driver's params or options with {@linkcode MASK} for each secret: a value whose schema has `secret: true`, or
 * whose key is named like a password. Nothing and an empty text stay.
 */
export function maskSecrets<Value>(value: Value, schema: JsonSchema): Value {
  return mask(value, [schema], () => {}) as Value;
}

/** Masks the secrets of some params in an error's message and context. Returns the error. */
export function maskSecretsIn<Thrown>(thrown: Thrown, params: unknown, schema: JsonSchema): Thrown {
  if (!(thrown instanceof LabError)) return thrown;
  const secrets: string[] = [];
  mask(params, [schema], (secret) => secrets.push(secret));
  const found = secrets.filter((secret) => secret.length >= MIN_LENGTH_IN_TEXT).sort((a, b) => b.length - a.length);
  if (found.length === 0) return thrown;
  const inText = (text: string) => found.reduce((text, secret) => text.replaceAll(secret, MASK), text);
  thrown.message = inText(thrown.message);
  for (const [key, value] of Object.entries(thrown.context)) {
    if (key !== "device_id") thrown.context[key] = inTexts(value, inText);
  }
  return thrown;
}

function mask(value: unknown, schemas: JsonSchema[], found: (secret: string) => void, isSecret = false): unknown {
  const all = schemas.flatMap(alternatives);
  if (isSecret || all.some(({ secret }) => secret === true)) {
    if (value === undefined || value === null || value === "") return value;
    found(typeof value === "object" ? JSON.stringify(value) : String(value));
    return MASK;
  }
  if (Array.isArray(value)) {
    const items = all.flatMap(({ items }) => isSchema(items) ? [items] : []);
    return value.map((item) => mask(item, items, found));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const known = all.flatMap(({ properties, additionalProperties }) => {
        const named = Object.hasOwn(properties ?? {}, key) ? (properties as JsonSchema)[key] : additionalProperties;
        return isSchema(named) ? [named] : [];
      });
      return [key, mask(inner, known, found, SECRET_KEY.test(key))];
    }),
  );
}

/** A schema and those that it is made of. */
function alternatives(schema: JsonSchema): JsonSchema[] {
  const parts = [schema.anyOf, schema.oneOf, schema.allOf].flat().filter(isSchema);
  return [schema, ...parts.flatMap(alternatives)];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null;
}

function inTexts(value: unknown, inText: (text: string) => string): unknown {
  if (typeof value === "string") return inText(value);
  if (Array.isArray(value)) return value.map((each) => inTexts(each, inText));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inTexts(each, inText)]));
}
