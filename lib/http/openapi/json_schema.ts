import type { JsonSchema } from "../../driver/describe.ts";

/** Keywords whose values are data, not schemas. */
const DATA = ["default", "const", "enum", "example", "examples"];

/** Keywords whose values are schemas by names that anybody may choose. */
const BY_NAME = ["properties", "patternProperties", "dependentSchemas", "schemas", "$defs"];

/** What JSON Schema 2020-12 knows, and `unit`, which {@linkcode tellUnit} sees to. */
const KEYWORDS = new Set([
  ...["$ref", "$comment", "$defs", "$anchor", "$dynamicRef", "$dynamicAnchor", "unit"],
  ...["title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples"],
  ...["type", "enum", "const", "format", "contentEncoding", "contentMediaType", "contentSchema"],
  ...["multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern"],
  ...["properties", "patternProperties", "additionalProperties", "propertyNames", "unevaluatedProperties", "required"],
  ...["minProperties", "maxProperties", "dependentRequired", "dependentSchemas"],
  ...["items", "prefixItems", "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems"],
  ...["unevaluatedItems", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"],
]);

/** A copy of a description in which `change` has seen every object that may be a schema, the inner ones first. */
export function mapSchemas<T>(value: T, change: (schema: JsonSchema) => JsonSchema): T {
  if (Array.isArray(value)) return value.map((item) => mapSchemas(item, change)) as T;
  if (typeof value !== "object" || value === null) return value;
  return change(mapValues(value as JsonSchema, (inner, key) => {
    if (DATA.includes(key)) return inner;
    if (!BY_NAME.includes(key)) return mapSchemas(inner, change);
    return mapValues(inner as JsonSchema, (schema) => mapSchemas(schema, change));
  })) as T;
}

function mapValues(object: JsonSchema, change: (value: unknown, key: string) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

/**
 * A schema with its unit as OpenAPI can have it: as `x-unit`, for generators refuse the whole document for a keyword that
 * they do not know; and at the end of the description, for viewers show that.
 */
export function tellUnit(schema: JsonSchema): JsonSchema {
  if (!("unit" in schema)) return schema;
  const { unit, ...rest } = schema;
  if (typeof unit !== "string") return { ...rest, "x-unit": unit };
  const { description } = rest;
  return { ...rest, description: description ? `${description} [${unit}]` : `[${unit}]`, "x-unit": unit };
}

/** A schema in which what the author made up is marked as that: `step` becomes `x-step`. */
function markForeign(schema: JsonSchema): JsonSchema {
  const mark = (key: string) => KEYWORDS.has(key) || key.startsWith("x-") ? key : `x-${key}`;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [mark(key), value]));
}

/** A schema of samples as they travel: JSON has no NaN and no infinity, these become null. */
export function asItTravels(schema: JsonSchema): JsonSchema {
  const types = [schema.type].flat();
  const isNumber = types.includes("number") && !("const" in schema) && !("enum" in schema);
  return isNumber ? { ...schema, type: [...new Set([...types, "null"])] } : schema;
}

/** The name of a component, of names that may hold anything. No two are the same. */
export function componentName(...names: string[]): string {
  return names.map((name) => name.replace(/[^A-Za-z0-9_-]/g, (odd) => `_x${odd.codePointAt(0)!.toString(16)}_`)).join(
    ".",
  );
}

export function refTo(component: string): { $ref: string } {
  return { $ref: `#/components/schemas/${component}` };
}

/** One of some schemas; of one, itself. */
export function oneOf(schemas: JsonSchema[]): JsonSchema {
  return schemas.length === 1 ? schemas[0] : { oneOf: schemas };
}

/** A schema as components: itself under `name`, and each of its definitions beside it. */
export function componentsOf(name: string, schema: JsonSchema): Record<string, JsonSchema> {
  const { $schema: _, $defs = {}, ...itself } = schema;
  const ofDefinition = (definition: string) => `${name}.${componentName(definition)}`;
  const relocate = (schema: JsonSchema) => {
    const { $ref } = schema;
    if ($ref === "#") return { ...schema, ...refTo(name) };
    const definition = /^#\/\$defs\/(.+)$/.exec(String($ref))?.[1];
    return definition ? { ...schema, ...refTo(ofDefinition(keyOf(definition))) } : schema;
  };
  const all = [[name, itself], ...Object.entries($defs as JsonSchema).map(([key, it]) => [ofDefinition(key), it])];
  return Object.fromEntries(
    all.map(([key, it]) => [key, mapSchemas(it as JsonSchema, (inner) => relocate(markForeign(inner)))]),
  );
}

/** A key in a JSON pointer that is part of a URL. */
export function pointer(key: string): string {
  return encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
}

/** The key that zod, which encodes no more than a JSON pointer must, has written into one. */
function keyOf(pointer: string): string {
  return pointer.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** What can be said without knowing better: defaults and examples. `undefined`, if a key that must be there has neither. */
export function exampleOf(schema: JsonSchema): Record<string, unknown> | undefined {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const required = (schema.required ?? []) as string[];
  const known = properties.map(([key, { default: fallback, examples }]) =>
    [key, fallback ?? (examples as unknown[] | undefined)?.[0]] as const
  ).filter(([, value]) => value !== undefined);
  const example = Object.fromEntries(known);
  return required.every((key) => key in example) ? example : undefined;
}
