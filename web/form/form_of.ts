/**
 * Forms from JSON Schemas. A part without a field of its own is entered as JSON, so that no part is missing.
 *
 * @module
 */
import type { JsonSchema } from "../../lib/client/mod.ts";
import { type Choice, type Field, type FieldFacts, type FieldKind, fits, isObject } from "./field.ts";
import { type Definitions, resolveSchema } from "./resolve_schema.ts";

/** Lists with more places than this, as defaults, are asked for as JSON. */
const MAX_ROWS = 50;

type Place = Pick<FieldFacts, "path" | "key" | "label"> & Partial<FieldFacts>;

/** The form for a schema, mostly an object's. */
export function formOf(schema: JsonSchema): Field {
  return fieldOf(schema, { path: "", key: "", label: "", required: true }, { root: schema, open: [] });
}

function fieldOf(given: JsonSchema, place: Place, outer: Definitions): Field {
  const found = resolveSchema(given, outer);
  const { schema: { title, default: own, ...rest }, ways, nullable, definitions } = found;
  const facts: FieldFacts = {
    ...place,
    label: typeof title === "string" ? title : place.label,
    schema: rest,
    required: place.required ?? false,
    initial: place.initial !== undefined ? place.initial : own,
    inherited: place.inherited ?? false,
    nullable,
  };
  if (!definitions) return { ...facts, kind: "json" };
  if (ways.length > 1) return eitherOf(facts, ways, definitions);
  const kind = kindOf(facts, definitions);
  const takesNull = ["number", "text", "json", "choice"].includes(kind.kind);
  if (!nullable || takesNull) return { ...facts, ...kind };
  return eitherOf(facts, [rest, { const: null }], definitions);
}

function kindOf(facts: FieldFacts, definitions: Definitions): FieldKind {
  const { schema, required, initial, nullable } = facts;
  const choices = choicesIn(schema);
  if (choices) {
    if (choices.length === 1 && required && !nullable) return { kind: "fixed", value: choices[0].value };
    return { kind: "choice", choices: nullable ? [...choices, NONE] : choices };
  }
  switch (schema.type) {
    case "number":
    case "integer":
      return { kind: "number" };
    case "string":
      return { kind: "text" };
    case "null":
      return { kind: "fixed", value: null };
    case "boolean":
      if (!nullable && (required || initial !== undefined)) return { kind: "switch" };
      return { kind: "choice", choices: nullable ? [...YES_NO, NONE] : YES_NO };
    case "array":
      return listOf(facts, definitions);
    case "object":
      return objectOf(facts, definitions);
    default:
      return { kind: "json" };
  }
}

const NONE: Choice = { value: null, label: "none" };
const YES_NO: Choice[] = [{ value: true, label: "yes" }, { value: false, label: "no" }];

function choicesIn({ enum: values, const: only }: JsonSchema): Choice[] | undefined {
  const all = Array.isArray(values) ? values : only !== undefined ? [only] : undefined;
  return all?.map((value) => ({ value, label: typeof value === "string" ? value : JSON.stringify(value) }));
}

function objectOf({ schema, path, initial }: FieldFacts, definitions: Definitions): FieldKind {
  const { properties = {}, required = [], additionalProperties = false } = schema as ObjectSchema;
  if (additionalProperties !== false || schema.allOf || schema.patternProperties) return { kind: "json" };
  const values = isObject(initial) ? initial : {};
  const fields = Object.entries(properties).map(([key, property]) =>
    fieldOf(property, {
      path: path ? `${path}.${key}` : key,
      key,
      label: words(key),
      required: required.includes(key),
      ...(Object.hasOwn(values, key) && { initial: values[key], inherited: true }),
    }, definitions)
  );
  return { kind: "group", fields, isList: false };
}

function listOf({ schema, path, label, initial }: FieldFacts, definitions: Definitions): FieldKind {
  const { items, prefixItems } = schema as { items?: JsonSchema | false; prefixItems?: JsonSchema[] };
  const values = Array.isArray(initial) ? initial : [];
  const item = (schema: JsonSchema, index: number) =>
    fieldOf(schema, {
      path: `${path}[${index}]`,
      key: String(index),
      label: `${label} ${index + 1}`.trim(),
      required: true,
      initial: values[index],
      inherited: true,
    }, definitions);
  if (prefixItems) {
    return items ? { kind: "json" } : { kind: "group", fields: prefixItems.map(item), isList: true };
  }
  if (!items) return { kind: "json" };
  const { schema: each, ways, nullable } = resolveSchema(items, definitions);
  const isNumeric = each.type === "number" || each.type === "integer";
  if (isNumeric && ways.length < 2 && !nullable && !choicesIn(each)) return { kind: "numbers" };
  return values.length > MAX_ROWS ? { kind: "json" } : { kind: "rows", item: (index) => item(items, index) };
}

function eitherOf(facts: FieldFacts, ways: JsonSchema[], definitions: Definitions): Field {
  const choices = ways.map(choicesIn);
  if (choices.every((it) => it !== undefined)) {
    return { ...facts, kind: "choice", choices: [...choices.flat(), ...(facts.nullable ? [NONE] : [])] };
  }
  const all = facts.nullable && ways.every(({ const: only }) => only !== null) ? [...ways, { const: null }] : ways;
  const { path, key, label, initial } = facts;
  const fields = all.map((way) => {
    const place = { path, key, label, required: true, inherited: true };
    const field = fieldOf(way, place, definitions);
    return fits(field, initial) ? fieldOf(way, { ...place, initial }, definitions) : field;
  });
  return { ...facts, kind: "either", ways: fields };
}

interface ObjectSchema {
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: unknown;
}

/** `sample_rate` and `sampleRate` are "Sample rate". */
export function words(key: string): string {
  const text = key.replace(/([a-z\d])([A-Z])(?=[a-z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`).replaceAll("_", " ");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
