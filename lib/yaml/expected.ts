import type { z } from "zod";

/**
 * The second half of "expected …" for an issue whose schema has no words of its own. To be passed as `error` to a parse.
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * import { expected } from "./expected.ts";
 *
 * const { error } = z.object({ port: z.int().min(1) }).safeParse({ port: "a" }, { error: expected });
 * console.assert(error!.issues[0].message === "a whole number");
 * ```
 */
export function expected(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? String(issue.expected);
    case "invalid_value":
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(", ")}`;
    case "invalid_format":
      return issue.format === "regex" ? `a text of the form ${issue.pattern}` : `a text of the form ${issue.format}`;
    case "too_small":
      return `${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${COUNTED[issue.origin] ?? ""}`;
    case "too_big":
      return `${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${COUNTED[issue.origin] ?? ""}`;
    case "invalid_union":
      return "a value of another form";
  }
}

const TYPES: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  tuple: "a list",
};

const COUNTED: Record<string, string> = { string: " characters", array: " entries" };
