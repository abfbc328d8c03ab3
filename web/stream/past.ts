import type { HistoryAnswer, StreamEvent } from "../../lib/client/mod.ts";
import { sentinel } from "../../lib/format/sentinels.ts";
import type { Mark } from "../chart/draw_marks.ts";
import type { Line } from "../chart/pen.ts";
import type { PlotGap } from "./gaps.ts";
import { Pace } from "./pace.ts";
import type { DeviceHistory, StateChange } from "./picture.ts";
import { secondsOf } from "./timestamps.ts";

/** One channel of the past. */
export interface PastLine extends Line {
  xs: Float64Array;
  ys: Float64Array;
  joined: Uint8Array;
  /** A longer interval than this, in seconds, is not joined. */
  limit: number;
  /** The samples that are no measurements. */
  marks: readonly Mark[];
}

/** A span of a device's past, as the daemon has kept it. Times are seconds since 1970. */
export interface DevicePast {
  from: number;
  /** The end of the time that was read. */
  to: number;
  /** False if reading took too long: there is more behind `to`. */
  isComplete: boolean;
  /** True if each sample is in it, and not only the smallest and the largest of intervals. */
  isFull: boolean;
  /** The time of the oldest that is kept of the device; `undefined` for nothing. */
  oldest: number | undefined;
  lines: ReadonlyMap<string, PastLine>;
  history: DeviceHistory;
}

/** The past of a device as an answer of the daemon has it. `points` is the number that was asked for. */
export function pastOf(answer: HistoryAnswer, points: number): DevicePast {
  const events = answer.events as unknown as StreamEvent[];
  const breaks = events.filter(({ event }) => event === "gap" || event === "clock").map(timeOf);
  const lines = new Map(
    answer.channels.map(({ name, times, values }) => [name, lineOf(times, values, breaks)]),
  );
  return {
    from: secondsOf(answer.from),
    to: secondsOf(answer.to),
    isComplete: answer.complete,
    isFull: answer.samples <= points / 2,
    oldest: answer.oldest === null ? undefined : secondsOf(answer.oldest),
    lines,
    history: historyOf(answer.device_id, events, lines),
  };
}

function timeOf({ timestamp }: { timestamp: string }): number {
  return secondsOf(timestamp);
}

/** @param breaks The times of the samples behind a gap or a step of the clock. */
function lineOf(micros: readonly number[], values: readonly (number | null)[], breaks: readonly number[]): PastLine {
  const xs = Float64Array.from(micros, (time) => time / 1e6);
  const ys = Float64Array.from(values, (value) => value === null || sentinel(value) ? NaN : value);
  const joined = new Uint8Array(xs.length);
  const pace = new Pace();
  let next = 0;
  for (let i = 1; i < xs.length; i++) {
    let isBroken = xs[i] < xs[i - 1];
    while (next < breaks.length && breaks[next] <= xs[i]) isBroken = breaks[next++] > xs[i - 1] || isBroken;
    if (!isBroken) joined[i] = pace.isPause(xs[i] - xs[i - 1]) ? 0 : 1;
  }
  return { xs, ys, joined, limit: pace.limit, marks: marksIn(xs, values) };
}

/** The marks of samples that are no numbers. Equal values in a row are one mark. */
function marksIn(xs: Float64Array, values: readonly (number | null)[]): Mark[] {
  const marks: Mark[] = [];
  let open: Mark | undefined;
  for (const [i, value] of values.entries()) {
    const word = value === null ? "no value" : sentinel(value);
    if (word === undefined) open = undefined;
    else if (open?.word === word) open.to = xs[i];
    else marks.push(open = { from: xs[i], to: xs[i], word });
  }
  return marks;
}

function historyOf(
  deviceId: string,
  events: readonly StreamEvent[],
  lines: ReadonlyMap<string, PastLine>,
): DeviceHistory {
  const states: StateChange[] = [];
  const gaps: PlotGap[] = [];
  for (const event of events) {
    const time = timeOf(event);
    if (event.event === "device_state") states.push({ time, state: event.state, error: event.error?.message });
    if (event.event !== "gap") continue;
    const before = lines.values().map(({ xs }) => xs[firstNotBefore(xs, time) - 1] ?? -Infinity).toArray();
    const from = Math.max(...before);
    const { reason, lost } = event;
    gaps.push({ deviceId, reason, lost, from: Number.isFinite(from) ? from : undefined, to: time, isStale: false });
  }
  return { states, gaps, steps: [], outageSince: undefined };
}

/** The place of the first time that is not before `time`. */
export function firstNotBefore(times: ArrayLike<number>, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The part of a line before a time. */
export function before({ xs, ys, joined, limit, marks }: PastLine, end: number): PastLine {
  const to = firstNotBefore(xs, end);
  return {
    ...{ xs: xs.subarray(0, to), ys: ys.subarray(0, to), joined: joined.subarray(0, to), limit },
    marks: marks.filter(({ from }) => from < end),
  };
}

/** The line from the last sample of the past to the first one behind it; `undefined` over a pause. */
export function seam(past: PastLine, time: number, value: number): Line[] {
  const last = past.xs.length - 1;
  if (last < 0 || time - past.xs[last] > past.limit || Number.isNaN(past.ys[last]) || Number.isNaN(value)) return [];
  return [{ xs: [past.xs[last], time], ys: [past.ys[last], value] }];
}
