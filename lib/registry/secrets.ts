import { LabError } from "../errors.ts";
import { SecretIndex } from "../format/secret_index.ts";
import { secretsIn } from "../format/secrets.ts";
import type { JsonSchema } from "../wire/driver.ts";

/** Masks the secrets of some params in an error's message, type and context. Returns the error. */
export function maskSecretsIn<Thrown>(thrown: Thrown, params: unknown, schema: JsonSchema): Thrown {
  if (!(thrown instanceof LabError)) return thrown;
  const secrets = secretsIn(params, schema);
  if (secrets.length === 0) return thrown;
  const index = new SecretIndex(secrets);
  const inText = (text: string) => index.removeFrom(text);
  thrown.message = inText(thrown.message);
  // A driver chooses the name of its error.
  Object.assign(thrown, { type: inText(thrown.type) });
  for (const [key, value] of Object.entries(thrown.context)) {
    if (key !== "device_id") thrown.context[key] = inTexts(value, inText);
  }
  return thrown;
}

function inTexts(value: unknown, inText: (text: string) => string): unknown {
  if (typeof value === "string") return inText(value);
  if (Array.isArray(value)) return value.map((each) => inTexts(each, inText));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inTexts(each, inText)]));
}
