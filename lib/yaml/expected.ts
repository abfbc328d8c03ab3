import type { z } from "zod";
import { expectedValue } from "../format/expected.ts";

/**
 * The second half of "expected …" for an issue whose schema has no words of its own. To be passed as `error` to a parse.
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * import { expected } from "./expected.ts";
 *
 * const { error } = z.object({ port: z.int().min(1) }).safeParse({ port: "a" }, { error: expected });
 * console.assert(error!.issues[0].message === "a number");
 * ```
 */
export function expected(issue: z.core.$ZodRawIssue): string | undefined {
  // YAML's words: texts need no quotes.
  if (issue.code === "invalid_value") return `${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`;
  if (issue.code === "invalid_type" && ["object", "record"].includes(issue.expected)) return "a mapping";
  return expectedValue(issue);
}
