import type { JsonSchema } from "../../../client/mod.ts";
import { closestName } from "../../../format/closest_name.ts";
import { parseExactJson } from "../../../format/exact_json.ts";
import { MASK } from "../../../format/secret_index.ts";
import { isSecretName, maskSecrets } from "../../../format/secrets.ts";
import { LabError } from "../../../errors.ts";

/** Words of a command line as values for the daemon. */
export interface Fields {
  /** Values without a name. */
  args: unknown[];
  named: Record<string, unknown>;
}

/**
 * Words as values of a schema: `key=value` under its name, others by position.
 *
 * A value for a text of the schema is that text (`on`, `5`). Other values are read as JSON or, if that fails, as a
 * text. A list may be JSON, or its items with commas between them.
 *
 * @throws {LabError} `InvalidRequest` for a name that the schema does not have or that is given twice, and for a number that
 * would be rounded.
 */
export function readFields(words: string[], schema: JsonSchema): Fields {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const names = Object.keys(properties);
  const fields: Fields = { args: [], named: {} };
  for (const word of words) {
    const [, name, text] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(word) ?? [];
    if (name === undefined) fields.args.push(readValue(word, properties[names[fields.args.length]]));
    else {
      if (names.length && !names.includes(name) && !schema.additionalProperties) throw unknownName(word, name, names);
      if (Object.hasOwn(fields.named, name)) throw refusal(`Cannot take "${shown(word)}": "${name}" is given twice`);
      // An assignment would lose a field with the name __proto__.
      Object.defineProperty(fields.named, name, {
        value: readValue(text, properties[name]),
        enumerable: true,
      });
    }
  }
  return fields;
}

/**
 * Words as named values, such as params and options.
 *
 * @throws {LabError} `InvalidRequest`, also for a value without a name.
 */
export function readNamedFields(words: string[], schema: JsonSchema): Record<string, unknown> {
  const bare = words.find((word) => !/^[A-Za-z_][\w.-]*=/.test(word));
  if (bare !== undefined) throw refusal(`Cannot take "${bare}": expected key=value`);
  return readFields(words, schema).named;
}

/**
 * The fields of a `--json` with those of the words.
 *
 * @throws {LabError} `InvalidRequest` for a field that both give.
 */
export function mergeFields(json: Record<string, unknown> = {}, named: Record<string, unknown>) {
  const twice = Object.keys(json).find((name) => Object.hasOwn(named, name));
  if (twice !== undefined) {
    throw refusal(`Cannot take --json ${JSON.stringify(maskSecrets(json))}: "${twice}" is given twice`);
  }
  return { ...json, ...named };
}

function readValue(text: string, schema: JsonSchema = {}): unknown {
  const types = typesOf(schema);
  if (types.size === 1 && types.has("string")) return text;
  const literal = parse(text);
  const type = literal === undefined ? "string" : typeOf(literal);
  if (types.size === 0 || types.has(type)) return literal === undefined ? text : literal;
  if (types.has("array")) {
    return text === "" ? [] : text.split(",").map((item) => readValue(item, itemsOf(schema)));
  }
  // A value of another type is sent as it was read: the daemon answers with the types it expects.
  return types.has("string") || literal === undefined ? text : literal;
}

/** The types of values that a schema allows; empty if it does not limit them. */
function typesOf(schema: JsonSchema): Set<string> {
  const { type, enum: choices, anyOf, oneOf, ...rest } = schema as {
    type?: string | string[];
    enum?: unknown[];
    anyOf?: JsonSchema[];
    oneOf?: JsonSchema[];
  };
  const alternatives = anyOf ?? oneOf;
  if (alternatives) {
    const sets = alternatives.map(typesOf);
    return sets.some(({ size }) => size === 0) ? new Set() : sets.reduce((all, each) => all.union(each));
  }
  const named = type !== undefined ? [type].flat() : (choices ?? ("const" in rest ? [rest.const] : [])).map(typeOf);
  return new Set(named.map((name) => name === "integer" ? "number" : name));
}

function itemsOf(schema: JsonSchema): JsonSchema | undefined {
  const alternatives = (schema.anyOf ?? schema.oneOf ?? [schema]) as JsonSchema[];
  return alternatives.find(({ type }) => type === "array")?.items as JsonSchema | undefined;
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** @throws {LabError} `InvalidRequest` for a number that JavaScript would round. */
function parse(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    if (error instanceof LabError) throw refusal(`Cannot take "${text}": ${error.message}`);
    return undefined;
  }
}

function unknownName(word: string, name: string, names: string[]): LabError {
  const meant = closestName(name, names);
  return refusal(
    `Cannot take "${shown(word)}": there is no "${name}", known are ${names.join(", ")}` +
      (meant ? `; did you mean ${meant}?` : `; for a text with a = in it, write ${names[0]}=${shown(word)}`),
  );
}

/** A word without the secret in it. */
function shown(word: string): string {
  const name = word.slice(0, Math.max(0, word.indexOf("=")));
  return isSecretName(name) ? `${name}=${MASK}` : word;
}

function refusal(message: string): LabError {
  return new LabError("InvalidRequest", message);
}
