import { formatDuration } from "../format/duration.ts";
import type { AlarmAction } from "../wire/alarms.ts";

/** A limit of one channel of a device, from the bench file. */
export interface AlarmRule {
  /** The name of the rule, unique within its device. */
  name: string;
  /** The name of the channel: `value` for samples without names. */
  channel: string;
  above?: number;
  below?: number;
  /** The time for which the value must be beyond the limit, in milliseconds; 0: one sample is enough. */
  forMs: number;
  /** The distance by which the value must come back behind the limit. */
  hysteresis: number;
  /** The time for which the value must be back until the incident ends, in milliseconds. */
  clearsAfterMs: number;
  /** The time without a value that is an alarm, in milliseconds; `null`: never; without it, by the channel's own period. */
  silentMs?: number | null;
  actions: readonly AlarmAction[];
}

/** The default of {@linkcode AlarmRule.clearsAfterMs}. */
export const DEFAULT_CLEARS_AFTER_MS = 30_000;

/** True for a value beyond a limit. One that `wasBeyond` stays so until it is back by the hysteresis. */
export function isBeyond({ above, below, hysteresis }: AlarmRule, value: number, wasBeyond: boolean): boolean {
  const back = wasBeyond ? hysteresis : 0;
  return (above !== undefined && value > above - back) || (below !== undefined && value < below + back);
}

/** The distance of a value beyond the limit. Negative: it is within. */
export function excess({ above = Infinity, below = -Infinity }: AlarmRule, value: number): number {
  return Math.max(value - above, below - value);
}

/** The condition in words: `above 5.2 V for 5 s`. */
export function conditionWords({ above, below, forMs }: AlarmRule, unit: string): string {
  const limit = (name: string, value: number | undefined) =>
    value === undefined ? [] : [`${name} ${value}${unit && ` ${unit}`}`];
  const limits = [...limit("above", above), ...limit("below", below)].join(" or ");
  return forMs > 0 ? `${limits} for ${formatDuration(forMs)}` : limits;
}
