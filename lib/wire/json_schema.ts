/** Keywords whose value is a schema, an object of schemas, or a list of schemas. */
const SCHEMA = ["items", "additionalProperties", "not", "propertyNames", "contains", "if", "then", "else"];
const SCHEMAS = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
const LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"];

/** The limit of schemas inside each other. A deeper one is refused. */
export const MAX_SCHEMA_DEPTH = 64;

/** Texts that pages and documents show. */
const TEXTS = ["title", "description", "unit", "$ref", "format", "pattern"];

/**
 * True if a value has the form of a JSON Schema, as far as forms, documents and examples are made from it: each keyword
 * has a value of its kind.
 */
export function isJsonSchema(value: unknown, depth = 0): boolean {
  if (!isObject(value) || depth > MAX_SCHEMA_DEPTH) return false;
  const isSub = (it: unknown) => typeof it === "boolean" || isJsonSchema(it, depth + 1);
  const { type, required, enum: values, examples } = value;
  return (type === undefined || typeof type === "string" || isTexts(type)) &&
    (required === undefined || isTexts(required)) &&
    (values === undefined || Array.isArray(values)) &&
    (examples === undefined || Array.isArray(examples)) &&
    TEXTS.every((key) => value[key] === undefined || typeof value[key] === "string") &&
    SCHEMA.every((key) => value[key] === undefined || isSub(value[key])) &&
    LISTS.every((key) => value[key] === undefined || (Array.isArray(value[key]) && value[key].every(isSub))) &&
    SCHEMAS.every((key) =>
      value[key] === undefined || (isObject(value[key]) && Object.values(value[key]).every(isSub))
    );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((it) => typeof it === "string");
}
