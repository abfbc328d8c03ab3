import type { RecordingStatus } from "../../lib/client/mod.ts";
import type { RecordedRun } from "../stream/page_past.ts";
import { secondsOf } from "../stream/timestamps.ts";

/**
 * A recording as the plots show it.
 *
 * @param now The daemon's time in seconds since 1970, for a recording that goes on.
 */
export function runOf(
  { recording_id, name, started_at, ended_at, contents }: RecordingStatus,
  now: number,
): RecordedRun {
  const from = secondsOf(started_at);
  const to = ended_at === null ? now : secondsOf(ended_at);
  // A recording without samples has a length, too.
  return {
    id: recording_id,
    name,
    from,
    to: Math.max(to, from + 1),
    deviceIds: contents.map(({ device_id }) => device_id),
  };
}

/**
 * The shift with which a recording begins where the plots begin: at the start of the recording that they show, at the start
 * of the device's stream, if that is in sight, or at their left edge.
 */
export function shiftFor(
  run: RecordedRun,
  plots: { run?: RecordedRun; streamingSince?: number; left: number },
): number {
  const { streamingSince: since, left } = plots;
  const start = plots.run?.from ?? (since !== undefined && since >= left ? since : left);
  return start - run.from;
}
