/**
 * The words for a value that does not fit its schema: `expected at most 30, found 45`. The value of a text is never shown: it
 * may be a secret.
 *
 * @module
 */
import type { z } from "zod";

type Issue = z.core.$ZodRawIssue;

/** The second half of `expected …`; undefined for an issue without words, such as an unknown key. */
export function expectedValue(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? String(issue.expected);
    case "invalid_value": {
      const values = issue.values.map((value) => typeof value === "string" ? JSON.stringify(value) : String(value));
      return `${values.length > 1 ? "one of " : ""}${values.join(", ")}`;
    }
    case "invalid_format":
      return issue.format === "regex"
        ? `a text of the form ${issue.pattern?.replace(/^\/|\/\w*$/g, "")}`
        : FORMATS[issue.format] ?? `a text of the form ${issue.format}`;
    case "too_small":
      return `${issue.exact ? "" : issue.inclusive ? "at least " : "more than "}${
        counted(issue.origin, issue.minimum)
      }`;
    case "too_big":
      return `${issue.exact ? "" : issue.inclusive ? "at most " : "less than "}${counted(issue.origin, issue.maximum)}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_union":
      return unionWords(issue.errors);
  }
}

/**
 * All words for an issue of a request's values; undefined where the schema's own message says more. To be passed as `error` to
 * a parse.
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * import { expectedAndFound } from "./expected.ts";
 *
 * const schema = z.object({ volts: z.number().max(30), port: z.string() });
 * const { error } = schema.safeParse({ volts: 45 }, { error: expectedAndFound });
 * console.assert(error!.issues[0].message === "expected at most 30, found 45");
 * console.assert(error!.issues[1].message === "missing; expected a text");
 * ```
 */
export function expectedAndFound(issue: Issue): string | undefined {
  const expected = expectedValue(issue);
  if (expected === undefined) return undefined;
  const { input } = issue;
  if (input === undefined) return `missing; expected ${expected}`;
  const hasKind = issue.code === "invalid_type" || (issue.code === "invalid_union" && expected !== OTHER_FORM);
  const found = hasKind || typeof input === "number" ? `, found ${kindOf(input)}` : "";
  return `expected ${expected}${found}${isQuoted(issue) ? ": write it without quotes" : ""}`;
}

/** A union of which no alternative fits, for other reasons than the kind of the value. */
const OTHER_FORM = "a value of another form";

const TYPES: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
  null: "null",
  nonoptional: "a value",
};

const FORMATS: Record<string, string> = {
  datetime: "a date and time, such as 2026-11-26T14:30:00Z",
  date: "a date, such as 2026-11-26",
  time: "a time of day, such as 14:30:00",
  uuid: "a UUID",
  base64: "a text in base64",
  ipv4: "an IPv4 address, such as 192.168.1.20",
  ipv6: "an IPv6 address, such as fd00::20",
  url: "an address, such as http://192.168.1.20/",
  email: "a mail address",
};

function counted(origin: string, limit: number | bigint): string {
  const unit = { string: " character", array: " item" }[origin];
  return unit === undefined ? String(limit) : `${limit}${unit}${Number(limit) === 1 ? "" : "s"}`;
}

/** The kinds of all alternatives that refuse the kind of the value; their own messages are {@linkcode expectedAndFound}'s. */
function unionWords(alternatives: readonly z.core.$ZodIssue[][]): string {
  const kinds = alternatives.map(([issue]) => issue?.path.length === 0 && EXPECTED.exec(issue.message)?.[1]);
  return kinds.length > 0 && kinds.every((kind) => kind) ? [...new Set(kinds)].join(" or ") : OTHER_FORM;
}

const EXPECTED = /^(?:missing; )?expected ([^,]+)/;

/** A value that was found, in the words of {@linkcode TYPES}; a number is shown. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return String(value);
  return typeof value === "string" ? "a text" : "an object";
}

/** True for a number, true or false between quotes, which is the most common mistake. */
function isQuoted({ code, expected, input }: Issue): boolean {
  if (code !== "invalid_type" || typeof input !== "string") return false;
  if (expected === "boolean") return input === "true" || input === "false";
  return (expected === "number" || expected === "int") && input.trim() !== "" && Number.isFinite(Number(input));
}
