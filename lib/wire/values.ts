/** The small values that many schemas of the contract share. */
import { z } from "zod";

/** A point in time, as text. */
export const timeSchema = z.string().meta({
  format: "date-time",
  description: "RFC 3339, UTC, with microseconds",
  examples: ["2026-11-22T06:25:52.123456Z"],
});

/** False for a time that no calendar has, as 30 February or 24:00, which `Date.parse` takes for a later one. */
export function isOfCalendar(time: string): boolean {
  const [, day, hour] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d))?/.exec(time) ?? [];
  if (day === undefined) return true;
  const ms = Date.parse(`${day}T00:00:00Z`);
  return hour !== "24" && !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** True for what `Date.parse` takes for a time, if a calendar has it. */
export function isTime(text: string): boolean {
  return !Number.isNaN(Date.parse(text)) && isOfCalendar(text);
}

/** The id of a device. */
export const deviceIdSchema = z.string().meta({ description: "The device's id", examples: ["daq1"] });

/** The name of a driver, by which devices are made. */
export const deviceTypeSchema = z.string().meta({ description: "The name of its driver", examples: ["StreamingDAQ"] });

/** An integer from 0. */
export const countSchema = z.int().nonnegative();

/** Named values of any kind. */
export const objectSchema = z.record(z.string(), z.unknown());

/** The id of one call of a method. */
export const callIdSchema = z.string().meta({ examples: ["c8r2m0q4tn"] });
