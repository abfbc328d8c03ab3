import type { JsonSchema } from "../../wire/driver.ts";

/** Keywords whose values are data, not schemas. */
const DATA = ["default", "const", "enum", "example", "examples"];

/** Keywords whose values are schemas under names of any kind. */
const BY_NAME = ["properties", "patternProperties", "dependentSchemas", "schemas", "$defs"];

/** The keywords of JSON Schema 2020-12, and `unit`, which {@linkcode withUnit} rewrites. */
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

/** A copy of `value` with every schema in it replaced by `change(schema)`, the inner ones first. */
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
 * A schema with its unit as OpenAPI allows it: as `x-unit`, because generators refuse a document with an unknown keyword;
 * and at the end of the description, which viewers show.
 */
export function withUnit(schema: JsonSchema): JsonSchema {
  if (!("unit" in schema)) return schema;
  const { unit, ...rest } = schema;
  if (typeof unit !== "string") return { ...rest, "x-unit": unit };
  const { description } = rest;
  return { ...rest, description: description ? `${description} [${unit}]` : `[${unit}]`, "x-unit": unit };
}

/** A schema of samples on the wire: NaN and infinities become null. */
export function wireSchema(schema: JsonSchema): JsonSchema {
  const types = [schema.type].flat();
  const isNumber = types.includes("number") && !("const" in schema) && !("enum" in schema);
  return isNumber ? { ...schema, type: [...new Set([...types, "null"])] } : schema;
}

/** The name of a component, made of names with any characters. Different names give different components. */
export function componentName(...names: string[]): string {
  const escape = (char: string) => `_x${char.codePointAt(0)!.toString(16)}_`;
  return names.map((name) => name.replace(/[^A-Za-z0-9_-]/g, escape)).join(".");
}

/** A reference to a component, or with `property` to one of its properties. */
export function refTo(component: string, property?: string): { $ref: string } {
  const path = property === undefined
    ? ""
    : `/properties/${encodeURIComponent(property.replaceAll("~", "~0").replaceAll("/", "~1"))}`;
  return { $ref: `#/components/schemas/${component}${path}` };
}

/** A schema for any of the given schemas; a single schema stays as it is. */
export function oneOf(schemas: JsonSchema[]): JsonSchema {
  return schemas.length === 1 ? schemas[0] : { oneOf: schemas };
}

/**
 * An author's schema as components: itself under `name`, and each of its definitions beside it. Keywords that are not of
 * JSON Schema become `x-…`.
 */
export function componentsOf(name: string, schema: JsonSchema): Record<string, JsonSchema> {
  const { $schema: _, $defs = {}, ...itself } = schema;
  const ofDefinition = (key: string) => `${name}.${componentName(key)}`;
  const change = (schema: JsonSchema) => {
    const known = Object.fromEntries(
      Object.entries(schema).map((
        [key, value],
      ) => [KEYWORDS.has(key) || key.startsWith("x-") ? key : `x-${key}`, value]),
    );
    const { $ref } = schema;
    if ($ref === "#") return { ...known, ...refTo(name) };
    // In a reference, zod encodes a key as a JSON pointer, but not as a URL.
    const definition = /^#\/\$defs\/(.+)$/.exec(String($ref))?.[1]?.replaceAll("~1", "/").replaceAll("~0", "~");
    return definition ? { ...known, ...refTo(ofDefinition(definition)) } : known;
  };
  const definitions = Object.entries($defs as JsonSchema).map(([key, it]) => [ofDefinition(key), it]);
  return mapValues(
    Object.fromEntries([[name, itself], ...definitions]),
    (it) => mapSchemas(it as JsonSchema, change),
  ) as Record<string, JsonSchema>;
}

/** A value of an object's schema, from its defaults and examples. `undefined` if a required key has neither. */
export function exampleOf(schema: JsonSchema): Record<string, unknown> | undefined {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const required = (schema.required ?? []) as string[];
  const known = properties.map(([key, { default: fallback, examples }]) =>
    [key, fallback ?? (examples as unknown[] | undefined)?.[0]] as const
  ).filter(([, value]) => value !== undefined);
  const example = Object.fromEntries(known);
  return required.every((key) => key in example) ? example : undefined;
}
