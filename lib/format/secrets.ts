/**
 * Secrets in params and options: passwords, tokens, keys. They are used, and never shown.
 *
 * @module
 */
import type { JsonSchema } from "../wire/driver.ts";

/** Names of secrets, such as `password`, `wifi_passwd`, `apiKey` and `access_token`. */
const SECRET_NAME = /(?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key)$/i;

/** Stands in the place of a secret. */
export const MASK = "********";

/** Shorter texts are not removed from a log: they would be removed from ordinary words. */
const MIN_LENGTH = 4;

/** The secrets of one value that are removed from texts: every line of the log is searched for each of them. */
const MAX_SECRETS = 100;

/** A value with more alternatives in its schema is masked as a whole. */
const MAX_ALTERNATIVES = 1_000;

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

/** The secrets in a value as texts, at most a hundred, the longest first, for {@linkcode withoutSecrets}. */
export function secretsIn(value: unknown, schema: JsonSchema = {}): string[] {
  const found: string[] = [];
  const add = (secret: unknown) => {
    if (typeof secret === "object" && secret !== null) Object.values(secret).forEach(add);
    else if (typeof secret !== "boolean" && String(secret).length >= MIN_LENGTH) found.push(String(secret));
  };
  mask(value, [schema], add);
  return found.sort((a, b) => b.length - a.length).slice(0, MAX_SECRETS);
}

/** A text, which may be JSON, with `********` in the place of each of these secrets. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  for (const secret of secrets) {
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1)])) text = text.replaceAll(form, MASK);
  }
  return text;
}

function mask(value: unknown, schemas: JsonSchema[], found: (secret: unknown) => void, isSecret = false): unknown {
  // A driver may declare thousands of them, for thousands of values.
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

/** A schema and those that it is made of. */
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
