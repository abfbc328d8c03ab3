import type { z } from "zod";
import { type Issue, LabError, shortened } from "../errors.ts";
import type { ObjectSchema } from "../driver/contract.ts";
import { findProtoKey } from "./proto_key.ts";

/** More issues than this nobody reads. An answer must not be larger than what it answers. */
const MOST_ISSUES = 20;

/** A path to a value deep inside may be that long, and what a schema says of it. */
const LONGEST_PATH = 200;
const LONGEST_MESSAGE = 1_000;

/**
 * Validates `value` and fills in defaults.
 *
 * @param attempt What is being done, to begin the error's message with: `Cannot add device "daq1"`.
 * @throws {LabError} `InvalidRequest` with the issues, if the value does not fit: the first twenty, and how many more.
 */
export function parseInput(schema: ObjectSchema, value: unknown, attempt: string): Record<string, unknown> {
  const result = schema.safeParse(value, { error: plainWords });
  const issues = result.success ? [] : [...issuesOf(result.error, Object.keys(schema.shape))];
  const proto = findProtoKey(value);
  if (proto && !issues.some(({ path }) => path === pathText(proto))) issues.push(unknownKey(proto));
  if (result.success && !proto) return result.data;
  const told = issues.slice(0, MOST_ISSUES);
  if (issues.length > told.length) told.push({ path: "", message: `and ${issues.length - told.length} more` });
  const problems = told.map(({ path, message }) => path ? `${path}: ${message}` : message).join("; ");
  throw new LabError("InvalidRequest", `${attempt}: ${problems}`, { context: { issues: told } });
}

/** What zod would say in code, in words. What the schema's author says of it stands. */
function plainWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_format" && issue.format === "regex") {
    return `expected a text of the form ${issue.pattern?.replace(/^\/|\/\w*$/g, "")}`;
  }
  if (issue.code === "invalid_value") {
    const values = issue.values.map((value) => typeof value === "string" ? JSON.stringify(value) : String(value));
    return `expected ${values.length > 1 ? "one of " : ""}${values.join(", ")}`;
  }
  if (issue.code === "invalid_type" && issue.expected === "int" && issue.input !== undefined) {
    return "expected a whole number";
  }
}

/** Zod's issues, with each unknown key as an issue of its own. */
function* issuesOf({ issues }: z.core.$ZodError, known: string[]): Generator<Issue> {
  const hint = `; known keys are ${known.join(", ") || "none"}`;
  for (const issue of issues) {
    const { path, message } = issue;
    if (issue.code !== "unrecognized_keys") {
      yield { path: pathText(path), message: shortened(message, LONGEST_MESSAGE) };
    } else for (const key of issue.keys) yield unknownKey([...path, key], path.length ? "" : hint);
  }
}

function unknownKey(path: readonly PropertyKey[], hint = ""): Issue {
  return { path: pathText(path), message: `unknown key${hint}` };
}

/** A path as a person would write it: `channels[2].gain`. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").replace(/^\./, "");
  return shortened(text, LONGEST_PATH);
}
