import { timestamp } from "../async/clock.ts";
import { LabError } from "../errors.ts";
import { isDuration, parseDuration } from "../format/duration.ts";
import { isOfCalendar } from "../wire/values.ts";

const MAX_ID_LENGTH = 60;

/**
 * An id for a recording, which is the name of its folder too: its name, as far as a path can have it.
 *
 * @param n From 2 on, it stands at the end: `run42-2`.
 */
export function recordingId(name: string, n: number): string {
  const plain = name.normalize("NFKD").replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[-.]+|-+$/g, "");
  const base = plain.slice(0, MAX_ID_LENGTH) || "recording";
  return n === 1 ? base : `${base}-${n}`;
}

/**
 * The end of a recording that begins now: a time in RFC 3339, or a duration.
 *
 * @throws {LabError} `InvalidRequest`, also for a time that is over.
 */
export function endTimeOf(until: string | undefined): string | null {
  if (until === undefined) return null;
  const ms = isDuration(until) ? Date.now() + parseDuration(until) : Date.parse(until);
  const isTime = isDuration(until) || /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(until) && isOfCalendar(until);
  if (isTime && ms > Date.now()) return timestamp(ms);
  const found = isTime && !Number.isNaN(ms) ? `${until}, which is over` : JSON.stringify(until);
  const message =
    `Cannot record until ${found}: expected a time to come, such as "2026-11-26T18:00:00Z", or a duration, such as "10min"`;
  throw new LabError("InvalidRequest", message, { context: { issues: [{ path: "until", message }] } });
}
