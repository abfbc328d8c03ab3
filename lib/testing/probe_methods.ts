import { z } from "zod";
import type { Driver, ObjectSchema } from "../driver/mod.ts";

/** A value that is not of the type, and that nobody could take for it. */
const WRONG: Record<string, unknown> = {
  number: "no number",
  integer: "no number",
  string: { no: "text" },
  boolean: "neither",
  array: "no list",
  object: "no object",
};

/** The bad inputs that methods would take, by what their schemas say: none is run, for an instrument may be there. */
export function loosenesses(driver: Driver): string[] {
  return Object.entries(driver.methods).flatMap(([name, { input }]) => {
    if (!input) return [`${name} has no input schema`];
    return loosenessesOf(input).map((problem) => `${name} takes ${problem}`);
  });
}

function loosenessesOf(input: ObjectSchema): string[] {
  const { properties = {} } = z.toJSONSchema(input, { io: "input", unrepresentable: "any" });
  const complains = (value: unknown, key: string) =>
    input.safeParse(value).error?.issues.some(({ path, code, ...issue }) =>
      path[0] === key || code === "unrecognized_keys" && "keys" in issue && issue.keys.includes(key)
    ) ?? false;
  const problems = complains({ no_such_key: 1 }, "no_such_key") ? [] : ["keys that it does not know"];
  for (const [key, property] of Object.entries(properties)) {
    const { type } = property as { type?: string };
    if (!type) problems.push(`anything for "${key}"`);
    else if (!complains({ [key]: WRONG[type] }, key)) {
      problems.push(`${JSON.stringify(WRONG[type])} for "${key}", a ${type}`);
    }
  }
  return problems;
}
