import type { z } from "zod";
import { LabError, shortened } from "../errors.ts";
import type { Issue } from "../wire/error_report.ts";
import type { ObjectSchema } from "../driver/method.ts";
import { closestName } from "../format/closest_name.ts";
import { expectedAndFound } from "../format/expected.ts";
import { pathText } from "../format/path_text.ts";
import { findProtoKey } from "./protocol/proto_key.ts";

/** More issues are counted only, so that an error is not larger than its request. */
const MAX_ISSUES = 20;

/** A longer key is no misspelt one. */
const MAX_MEANT_CHARS = 50;

/** The maximum lengths of a path and of a message, in characters. */
const MAX_PATH_CHARS = 200;
const MAX_MESSAGE_CHARS = 1_000;

/**
 * Validates `value` and fills in defaults.
 *
 * @param attempt The beginning of the error's message: `Cannot add device "daq1"`.
 * @throws {LabError} `InvalidRequest` with the first twenty issues and the number of the others, if the value does not
 * fit.
 */
export function parseInput(schema: ObjectSchema, value: unknown, attempt: string): Record<string, unknown> {
  const result = schema.safeParse(value, { error: expectedAndFound });
  const issues = result.success ? [] : [...issuesOf(result.error, Object.keys(schema.shape))];
  const proto = findProtoKey(value);
  if (proto && !issues.some(({ path }) => path === shortPath(proto))) issues.push(unknownKey(proto));
  if (result.success && !proto) return result.data;
  const reported = issues.slice(0, MAX_ISSUES);
  if (issues.length > reported.length) {
    reported.push({ path: "", message: `and ${issues.length - reported.length} more` });
  }
  const problems = reported.map(({ path, message }) => path ? `${path}: ${message}` : message).join("; ");
  throw new LabError("InvalidRequest", `${attempt}: ${problems}`, { context: { issues: reported } });
}

/** Zod's issues, with each unknown key as an issue of its own. */
function* issuesOf({ issues }: z.core.$ZodError, known: string[]): Generator<Issue> {
  let hinted = 0;
  const hintFor = (key: string) => {
    // Looking for the key that was meant takes time that grows with its length.
    const meant = hinted++ < MAX_ISSUES && key.length > 2 && key.length <= MAX_MEANT_CHARS
      ? closestName(key, known)
      : undefined;
    return `; ${meant ? `did you mean ${meant}? Known` : "known"} keys are ${known.join(", ") || "none"}`;
  };
  for (const issue of issues) {
    const { path, message } = issue;
    if (issue.code !== "unrecognized_keys") {
      yield { path: shortPath(path), message: shortened(message, MAX_MESSAGE_CHARS) };
    } else for (const key of issue.keys) yield unknownKey([...path, key], path.length ? "" : hintFor(key));
  }
}

function unknownKey(path: readonly PropertyKey[], hint = ""): Issue {
  return { path: shortPath(path), message: `unknown key${hint}` };
}

function shortPath(path: readonly PropertyKey[]): string {
  return shortened(pathText(path), MAX_PATH_CHARS);
}
