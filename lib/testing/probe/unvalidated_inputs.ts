import { z } from "zod";
import type { Driver, ObjectSchema } from "../../driver/mod.ts";
import type { JsonSchema } from "../../wire/driver.ts";

/** For each type, a value of another type. */
const WRONG: Record<string, unknown> = {
  number: "no number",
  integer: "no number",
  string: { no: "text" },
  boolean: "neither",
  array: "no list",
  object: "no object",
};

/** The keys by which a schema restricts a value. */
const RESTRICTING = ["type", "anyOf", "oneOf", "allOf", "enum", "const", "$ref"];

/** The invalid inputs that the schemas of the methods accept. No method runs: an instrument may be connected. */
export function unvalidatedInputs(driver: Driver): string[] {
  return Object.entries(driver.methods).flatMap(([name, { input }]) => {
    if (!input) return [`${name} has no input schema`];
    return acceptedBy(input).map((problem) => `${name} takes ${problem}`);
  });
}

function acceptedBy(input: ObjectSchema): string[] {
  const { properties = {} } = z.toJSONSchema(input, { io: "input", unrepresentable: "any" });
  const refuses = (value: unknown, key: string) =>
    input.safeParse(value).error?.issues.some(({ path, code, ...issue }) =>
      path[0] === key || code === "unrecognized_keys" && "keys" in issue && issue.keys.includes(key)
    ) ?? false;
  const problems = refuses({ no_such_key: 1 }, "no_such_key") ? [] : ["keys that it does not know"];
  for (const [key, property] of Object.entries(properties)) {
    const schema = withoutNull(property as JsonSchema);
    const { type } = schema;
    if (!RESTRICTING.some((word) => word in schema)) problems.push(`anything for "${key}"`);
    else if (typeof type === "string" && type in WRONG && !refuses({ [key]: WRONG[type] }, key)) {
      problems.push(`${JSON.stringify(WRONG[type])} for "${key}", a ${type}`);
    }
  }
  return problems;
}

/** The schema of a value that may be null, for all other values. */
function withoutNull(schema: JsonSchema): JsonSchema {
  const { type, anyOf } = schema as { type?: string | string[]; anyOf?: JsonSchema[] };
  const types = Array.isArray(type) ? type.filter((it) => it !== "null") : [];
  if (types.length === 1) return { ...schema, type: types[0] };
  const others = anyOf?.filter(({ type }) => type !== "null") ?? [];
  return others.length === 1 ? others[0] : schema;
}
