import type { Context, HonoRequest } from "hono";
import { z } from "zod";
import { LabError } from "../../errors.ts";
import { parseInput } from "../../host/parse_input.ts";
import { nanoseconds } from "../../recording/store/frames.ts";
import { isOfCalendar } from "../../wire/values.ts";

/** The query of a request. Its address need not be a valid URL: it has the Host header's text. */
export function queryOf({ url }: HonoRequest): URLSearchParams {
  const start = url.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : url.slice(start + 1).replace(/#.*$/s, ""));
}

/** The items of a list in a query: joined by commas, under a key for each, or both. */
export function itemsOf(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(",")).filter(Boolean);
}

/**
 * Reads the query of a request as a strict schema describes it: texts, and numbers.
 *
 * @param attempt The beginning of the error's message: `Cannot GET /audit`.
 * @param lists The keys that may be given several times; their texts are joined by commas.
 * @throws {LabError} `InvalidRequest` for an unknown key, another key given twice, or a value that does not fit.
 */
export function readQuery<Schema extends z.ZodObject>(
  { req }: Context,
  schema: Schema,
  attempt: string,
  lists: readonly string[] = [],
): z.output<Schema> {
  const values = Map.groupBy(queryOf(req), ([key]) => key).entries().map(([key, pairs]) => {
    const field = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined;
    if (field && pairs.length > 1 && !lists.includes(key)) {
      throw invalidQuery(attempt, key, `"${key}" is given ${pairs.length} times; expected one value`);
    }
    const text = pairs.map(([, value]) => value).join(",");
    return [key, isNumber(field) ? numberOr(text) : text] as const;
  });
  return parseInput(schema, Object.fromEntries(values), attempt) as z.output<Schema>;
}

/** The error for a key of a query whose value cannot be. */
export function invalidQuery(attempt: string, path: string, reason: string): LabError {
  const message = `${attempt}: ${reason}`;
  return new LabError("InvalidRequest", message, { context: { issues: [{ path, message }] } });
}

/**
 * The time of a text, in nanoseconds since 1970.
 *
 * @throws {LabError} `InvalidRequest` for a text that is no time.
 */
export function inputTime(attempt: string, path: string, text: string): bigint {
  const time = nanoseconds(text);
  if (time !== undefined && isOfCalendar(text)) return time;
  throw invalidQuery(attempt, path, `"${path}" must be a time as 2026-11-26T08:00:00Z`);
}

function isNumber(field: z.core.$ZodType | undefined): boolean {
  return (field instanceof z.ZodOptional ? field.unwrap() : field) instanceof z.ZodNumber;
}

/** A text that is no number stays: its schema refuses it. */
function numberOr(text: string): string | number {
  const value = Number(text.trim() || NaN);
  return Number.isNaN(value) ? text : value;
}
