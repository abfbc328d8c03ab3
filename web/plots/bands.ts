import { ABSENT, type StateChange } from "../stream/device_feed.ts";
import type { Hole } from "../stream/gaps.ts";
import type { DeviceHistory } from "../stream/session.ts";
import type { Band } from "../chart/draw_bands.ts";
import type { Stretch } from "../stream/view.ts";

/**
 * The bands to draw on a plot: samples that are missing, times in which the device did not stream, and times in which nobody
 * knows what it did.
 *
 * @param words A state as people call it.
 */
export function bandsOf(
  { states, holes, awaySince }: DeviceHistory,
  { from, to }: Stretch,
  words: (state: string) => string,
): Band[] {
  const bands: Band[] = [];
  const add = (band: Band) => {
    if (band.to >= from && band.from <= to) {
      bands.push({ ...band, from: Math.max(from, band.from), to: Math.min(to, band.to) });
    }
  };
  const end = awaySince ?? Infinity;
  const spells = spellsOf(states);
  spells.forEach(({ state, time }, i) => {
    const until = Math.min(spells[i + 1]?.time ?? Infinity, end);
    if (state === "streaming" || time >= until) return;
    add({ kind: state === ABSENT ? "away" : "state", word: words(state), from: time, to: until });
  });
  for (const hole of holes) {
    if (hole.isBygone || hole.from === undefined) continue;
    add({ kind: "gap", word: wordOf(hole), from: hole.from, to: hole.to ?? Infinity });
  }
  if (awaySince !== undefined) add({ kind: "away", word: "No connection", from: awaySince, to: Infinity });
  return bands;
}

/** The states without the tries of a device that is not well: until it is, or is given up, that is one spell. */
function spellsOf(states: readonly StateChange[]): StateChange[] {
  let spell: string | undefined;
  return states.filter(({ state }) => {
    const goesOn = state === spell || (spell === "retrying" && state === "connecting");
    if (!goesOn) spell = state;
    return !goesOn;
  });
}

function wordOf({ lost, reason }: Hole): string {
  if (reason === "unwatched") return "not watched";
  return lost === null ? "missing" : `${lost.toLocaleString()} missing`;
}
