/**
 * Secrets in params and options: passwords, tokens, keys. They are used, and never shown.
 *
 * @module
 */
import type { JsonSchema } from "../wire/driver.ts";

/** Names of secrets, such as `password`, `wifi_passwd`, `apiKey` and `access_token`. */
const SECRET_NAME = /(?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key)$/i;

/** Stands in the place of a secret. */
export const MASK = "•••";

/** Shorter texts are not removed from a log: they would be removed from ordinary words. */
const MIN_LENGTH = 4;

/** True for the name of a field that holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * A copy with `•••` in the place of each secret: of a field with the name of one, or with `secret: true` in its schema
 * (`z.string().meta({ secret: true })`). A missing value, and `null`, stay.
 *
 * @example
 * ```ts
 * import { maskSecrets } from "./secrets.ts";
 *
 * const { user, password } = maskSecrets({ user: "lab", password: "hunter2" }) as Record<string, unknown>;
 * console.assert(user === "lab" && password === "•••");
 * ```
 */
export function maskSecrets(value: unknown, schema?: JsonSchema | null): unknown {
  return mapSecrets(value, schema, () => MASK);
}

/** The secrets in a value as texts, for {@linkcode withoutSecrets}. */
export function secretsIn(value: unknown, schema?: JsonSchema | null): string[] {
  const found: string[] = [];
  const add = (secret: unknown) => {
    if (typeof secret === "object" && secret !== null) Object.values(secret).forEach(add);
    else if (String(secret).length >= MIN_LENGTH && typeof secret !== "boolean") found.push(String(secret));
    return secret;
  };
  mapSecrets(value, schema, add);
  return found;
}

/** A text, which may be JSON, with `•••` in the place of each of these secrets. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  for (const secret of secrets) {
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1)])) text = text.replaceAll(form, MASK);
  }
  return text;
}

function mapSecrets(
  value: unknown,
  schema: JsonSchema | null | undefined,
  replace: (secret: unknown) => unknown,
): unknown {
  if (value === null || value === undefined) return value;
  const { secret, properties, additionalProperties, items, anyOf, oneOf } = (schema ?? {}) as {
    secret?: unknown;
    properties?: Record<string, JsonSchema>;
    additionalProperties?: JsonSchema;
    items?: JsonSchema;
    anyOf?: JsonSchema[];
    oneOf?: JsonSchema[];
  };
  const alternatives = anyOf ?? oneOf;
  if (secret === true || alternatives?.some((each) => each.secret === true)) return replace(value);
  if (typeof value !== "object") return value;
  if (alternatives) return alternatives.reduce((masked, each) => mapSecrets(masked, each, replace), value as unknown);
  if (Array.isArray(value)) return value.map((each) => mapSecrets(each, items, replace));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const inner = properties && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      const isSecret = isSecretName(name) && each !== null && each !== undefined;
      return [name, isSecret ? replace(each) : mapSecrets(each, inner, replace)];
    }),
  );
}
