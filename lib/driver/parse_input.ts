import type { z } from "zod";
import { type Issue, LabError } from "../errors.ts";
import type { ObjectSchema } from "./contract.ts";

/**
 * Validates `value` and fills in defaults.
 *
 * @param attempt What is being done, to begin the error's message with: `Cannot add device "daq1"`.
 * @throws {LabError} `InvalidRequest` with every issue, if the value does not fit.
 */
export function parseInput(schema: ObjectSchema, value: unknown, attempt: string): Record<string, unknown> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap((issue) => describeIssue(issue, Object.keys(schema.shape)));
  const problems = issues.map(({ path, message }) => path ? `${path}: ${message}` : message).join("; ");
  throw new LabError("InvalidRequest", `${attempt}: ${problems}`, { context: { issues } });
}

/** A zod issue with its path as a person would write it: `channels[2].gain`. Each unknown key is an issue of its own. */
function describeIssue(issue: z.core.$ZodIssue, known: string[]): Issue[] {
  if (issue.code !== "unrecognized_keys") return [{ path: pathText(issue.path), message: issue.message }];
  const hint = issue.path.length ? "" : `; known keys are ${known.join(", ") || "none"}`;
  return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message: `unknown key${hint}` }));
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").replace(/^\./, "");
}
