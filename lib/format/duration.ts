/**
 * Durations as texts of the bench file and the command line: a number with its unit.
 *
 * @module
 */
import { LabError } from "../errors.ts";

/** Without `m`, which is ambiguous. */
const MS_PER_UNIT: Record<string, number> = { h: 3_600_000, min: 60_000, s: 1_000, ms: 1 };

const DURATION = /^(\d+(?:\.\d+)?) ?(ms|s|min|h)$/;

/** The texts that {@linkcode parseDuration} accepts, in words for an error message. */
export const DURATION_FORM = 'a duration with its unit (ms, s, min or h), such as "500ms", "10s", "2min" or "1h"';

/** True for a value that {@linkcode parseDuration} accepts. */
export function isDuration(value: unknown): value is string {
  return typeof value === "string" && DURATION.test(value);
}

/**
 * The milliseconds of a text such as `"500ms"`, `"1.5 s"`, `"2min"` or `"1h"`, rounded to a whole number.
 *
 * @throws {LabError} `InvalidRequest` for anything else: a bare number, a sign, another unit.
 *
 * @example
 * ```ts
 * import { parseDuration } from "./duration.ts";
 *
 * console.assert(parseDuration("1.5s") === 1_500);
 * ```
 */
export function parseDuration(text: string): number {
  const parts = DURATION.exec(text);
  if (!parts) {
    throw new LabError(
      "InvalidRequest",
      `Cannot read a duration: expected ${DURATION_FORM}, found ${JSON.stringify(text)}`,
    );
  }
  return Math.round(Number(parts[1]) * MS_PER_UNIT[parts[2]]);
}

/**
 * A duration as a whole number of the largest unit that allows it: `90_000` is `"90s"`, `120_000` is `"2min"`.
 * {@linkcode parseDuration} reads it back to the same number. `ms` is a whole number, zero or more.
 */
export function formatDuration(ms: number): string {
  for (const [unit, size] of Object.entries(MS_PER_UNIT)) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}
