import { stepText } from "../../../lib/format/elapsed.ts";
import { ABSENT, type StateChange } from "../../stream/picture.ts";
import type { PlotGap } from "../../stream/gaps.ts";
import type { DeviceHistory } from "../../stream/picture.ts";
import type { Band } from "../../chart/draw_bands.ts";
import type { TimeRange } from "../../stream/view.ts";

/**
 * The bands of a plot: gaps, times in which the device did not stream, and times in which its state is unknown.
 *
 * @param words A state as people call it.
 */
export function bandsOf(
  { states, gaps, steps, outageSince }: DeviceHistory,
  { from, to }: TimeRange,
  words: (state: string) => string,
): Band[] {
  const bands: Band[] = [];
  const add = (band: Band) => {
    if (band.to >= from && band.from <= to) {
      bands.push({ ...band, from: Math.max(from, band.from), to: Math.min(to, band.to) });
    }
  };
  const end = outageSince ?? Infinity;
  const periods = periodsOf(states);
  periods.forEach(({ state, time }, i) => {
    const until = Math.min(periods[i + 1]?.time ?? Infinity, end);
    if (state === "streaming" || time >= until) return;
    add({ kind: state === ABSENT ? "outage" : "state", word: words(state), from: time, to: until });
  });
  for (const gap of gaps) {
    if (gap.isStale || gap.from === undefined) continue;
    add({ kind: "gap", word: wordOf(gap), from: gap.from, to: gap.to ?? Infinity });
  }
  for (const { step, from, to } of steps) {
    if (to !== undefined) add({ kind: "state", word: `clock set ${stepText(step)}`, from, to });
  }
  if (outageSince !== undefined) add({ kind: "outage", word: "No connection", from: outageSince, to: Infinity });
  return bands;
}

/** The states without the attempts of a failed device: they become one period, until the device works or is faulted. */
function periodsOf(states: readonly StateChange[]): StateChange[] {
  let period: string | undefined;
  return states.filter(({ state }) => {
    const isSamePeriod = state === period || (period === "retrying" && state === "connecting");
    if (!isSamePeriod) period = state;
    return !isSamePeriod;
  });
}

function wordOf({ lost, reason }: PlotGap): string {
  if (reason === "unwatched") return "not watched";
  return lost === null ? "missing" : `${lost.toLocaleString()} missing`;
}
