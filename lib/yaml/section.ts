import { z } from "zod";

/**
 * A mapping with exactly these keys. The message about unknown keys is the list of the known ones, which the issue itself
 * does not have: `schemaIssues` finds the closest one in it.
 */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: (issue) => issue.code === "unrecognized_keys" ? keys : `a mapping with keys out of ${keys}`,
  });
}
