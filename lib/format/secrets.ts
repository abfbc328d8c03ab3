/**
 * Secrets in params and options: passwords, tokens, keys. They are used, and never shown.
 *
 * @module
 */
import type { JsonSchema } from "../wire/driver.ts";
import { MASK, MIN_SECRET_LENGTH } from "./secret_index.ts";

/** Names of secrets, such as `password`, `wifi_passwd`, `apiKey` and `access_token`. */
const SECRET_NAME = /(?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key)$/i;

/** A value with more alternatives in its schema is masked as a whole. */
const MAX_ALTERNATIVES = 1_000;

/** The schema of an object that is not known: each of its values may be a secret. */
export const ALL_SECRET: JsonSchema = { additionalProperties: { secret: true } };

/** True for the name of a field that holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * A copy with `********` in the place of each secret: of a field with the name of one, or with `secret: true` in its schema
 * (`z.string().meta({ secret: true })`). A missing value, `null` and an empty text stay.
 *
 * @example
 * ```ts
 * import { maskSecrets } from "./secrets.ts";
 *
 * const { user, password } = maskSecrets({ user: "lab", password: "hunter2" });
 * console.assert(user === "lab" && password === "********");
 * ```
 */
export function maskSecrets<Value>(value: Value, schema: JsonSchema = {}): Value {
  return mask(value, [schema], () => {}) as Value;
}

/** The secrets in a value as texts, for {@linkcode SecretIndex}. */
export function secretsIn(value: unknown, schema: JsonSchema = {}): string[] {
  const found: string[] = [];
  const add = (secret: unknown) => {
    if (typeof secret === "object" && secret !== null) Object.values(secret).forEach(add);
    else if (typeof secret !== "boolean" && String(secret).length >= MIN_SECRET_LENGTH) found.push(String(secret));
  };
  mask(value, [schema], add);
  return found;
}

function mask(value: unknown, schemas: JsonSchema[], found: (secret: unknown) => void, isSecret = false): unknown {
  // A driver may declare thousands of alternatives, for thousands of values.
  const isTooWide = schemas.reduce((sum, schema) => sum + alternatives(schema).length, 0) > MAX_ALTERNATIVES;
  const all = isTooWide ? [] : schemas.flatMap(alternatives);
  if (isSecret || isTooWide || all.some(({ secret }) => secret === true)) {
    if (value === undefined || value === null || value === "") return value;
    found(value);
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
      return [key, mask(inner, known, found, isSecretName(key))];
    }),
  );
}

const known = new WeakMap<JsonSchema, JsonSchema[]>();

/** A schema and the schemas that it is made of. */
function alternatives(schema: JsonSchema): JsonSchema[] {
  const cached = known.get(schema);
  if (cached) return cached;
  const parts = [schema.anyOf, schema.oneOf, schema.allOf].flat().filter(isSchema);
  const found = [schema, ...parts.flatMap(alternatives)];
  known.set(schema, found);
  return found;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null;
}
