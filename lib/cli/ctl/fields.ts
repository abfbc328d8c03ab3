import type { JsonSchema } from "../../client/mod.ts";
import { closest } from "../../format/did_you_mean.ts";
import { LabError } from "../../errors.ts";

/** What words on a command line mean to a daemon. */
export interface Fields {
  /** Values without a name. */
  args: unknown[];
  named: Record<string, unknown>;
}

/**
 * Words as the values that a schema wants: `key=value` under its name, others by position.
 *
 * Where the schema wants a text, a value is that text (`on`, `5`); elsewhere it is read as JSON, and what is no JSON is a
 * text. A list may be JSON, or its items with commas between them.
 *
 * @throws {LabError} `InvalidRequest` for a name that the schema does not have, or one that is given twice.
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
      if (Object.hasOwn(fields.named, name)) throw refusal(`Cannot take "${word}": "${name}" is given twice`);
      // Not by assignment, which a field called __proto__ would not survive.
      Object.defineProperty(fields.named, name, {
        value: readValue(text, properties[name]),
        enumerable: true,
      });
    }
  }
  return fields;
}

/**
 * The same where all have names, as parameters and options do.
 *
 * @throws {LabError} `InvalidRequest`, also for a value without a name.
 */
export function readNamedFields(words: string[], schema: JsonSchema): Record<string, unknown> {
  const bare = words.find((word) => !/^[A-Za-z_][\w.-]*=/.test(word));
  if (bare !== undefined) throw refusal(`Cannot take "${bare}": expected key=value`);
  return readFields(words, schema).named;
}

/**
 * The fields of a `--json`, with those that words gave.
 *
 * @throws {LabError} `InvalidRequest`, if the text is no JSON object, or a field is given by both.
 */
export function withJson(text = "{}", named: Record<string, unknown>): Record<string, unknown> {
  const object = readObject(text);
  const twice = Object.keys(object).find((name) => Object.hasOwn(named, name));
  if (twice !== undefined) throw refusal(`Cannot take --json ${text}: "${twice}" is given twice`);
  return { ...object, ...named };
}

function readObject(text: string): Record<string, unknown> {
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refusal(`Cannot take --json ${text}: expected a JSON object such as '{"volts": 5}'`);
  }
  return value as Record<string, unknown>;
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
  // What fits nothing is sent as it was read: the daemon says what it wants instead.
  return types.has("string") || literal === undefined ? text : literal;
}

/** The kinds of values that a schema allows; none if it does not say. */
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unknownName(word: string, name: string, names: string[]): LabError {
  const meant = closest(name, names);
  return refusal(
    `Cannot take "${word}": there is no "${name}", known are ${names.join(", ")}` +
      (meant ? `; did you mean ${meant}?` : `; for a text with a = in it, write ${names[0]}=${word}`),
  );
}

function refusal(message: string): LabError {
  return new LabError("InvalidRequest", message);
}
