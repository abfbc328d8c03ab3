import { z } from "zod";
import type { Driver, ObjectSchema } from "../../driver/mod.ts";

/** For each type, a value of another type. */
const WRONG: Record<string, unknown> = {
  number: "no number",
  integer: "no number",
  string: { no: "text" },
  boolean: "neither",
  array: "no list",
  object: "no object",
};

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
    const { type } = property as { type?: string };
    if (!type) problems.push(`anything for "${key}"`);
    else if (!refuses({ [key]: WRONG[type] }, key)) {
      problems.push(`${JSON.stringify(WRONG[type])} for "${key}", a ${type}`);
    }
  }
  return problems;
}
