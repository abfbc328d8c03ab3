import type { JsonSchema, MethodDescription } from "../../driver/describe.ts";
import { componentsOf, pointer, refTo } from "./json_schema.ts";

/** The names under which a method's schemas stand among the components. */
export interface MethodNames {
  input(method: string): string;
  call(method: string): string;
}

/** What a method takes, and the body that calls it, as components. */
export function methodComponents(names: MethodNames, method: MethodDescription): Record<string, JsonSchema> {
  const { name, doc, input } = method;
  const call = names.call(name);
  // A method of a registered class takes what comes.
  if (input.type !== "object") return { [call]: { ...body(name, doc, ANY_ARGUMENTS), required: ["method"] } };
  const ways = [byName(method, names), ...(keysOf(input).length ? [byPosition(method, names)] : [])];
  return {
    ...componentsOf(names.input(name), { ...input, title: `Input of ${name}` }),
    [call]: ways.length === 1 ? ways[0] : { anyOf: ways, description: doc },
  };
}

const ANY_ARGUMENTS = { args: { type: ["array", "null"] }, kwargs: { type: ["object", "null"] } };

function byName({ name, doc, input }: MethodDescription, names: MethodNames): JsonSchema {
  const ref = refTo(names.input(name));
  const isNeeded = ((input.required ?? []) as string[]).length > 0;
  return {
    ...body(name, doc, {
      args: { type: ["array", "null"], maxItems: 0 },
      kwargs: isNeeded ? ref : { anyOf: [ref, { type: "null" }] },
    }),
    required: ["method", ...(isNeeded ? ["kwargs"] : [])],
  };
}

/** Some arguments by position, and any of the others by name: which are left to give, JSON Schema cannot say. */
function byPosition({ name, doc, input }: MethodDescription, names: MethodNames): JsonSchema {
  const { $ref } = refTo(names.input(name));
  const keys = keysOf(input);
  const property = (key: string) => ({ $ref: `${$ref}/properties/${pointer(key)}` });
  return {
    ...body(name, doc, {
      args: { type: "array", prefixItems: keys.map(property), items: false, minItems: 1, maxItems: keys.length },
      kwargs: {
        type: ["object", "null"],
        properties: Object.fromEntries(keys.map((key) => [key, property(key)])),
        additionalProperties: input.additionalProperties ?? true,
      },
    }),
    title: `${name}, by position`,
    required: ["method", "args"],
  };
}

function body(name: string, doc: string, args: Record<string, JsonSchema>): JsonSchema {
  return {
    title: name,
    description: doc,
    type: "object",
    properties: { method: { type: "string", const: name }, ...args },
    additionalProperties: false,
  };
}

function keysOf({ properties = {} }: JsonSchema): string[] {
  return Object.keys(properties as JsonSchema);
}
