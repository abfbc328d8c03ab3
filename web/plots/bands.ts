import { ABSENT, type StateChange } from "./feed.ts";
import type { Hole } from "./holes.ts";
import type { Stretch } from "./view.ts";

/** A stretch of time in which there is no line, and why. */
export interface Band extends Stretch {
  kind: "hole" | "state" | "away";
  /** What is written into it. */
  word: string;
}

/** What there is to know of a device besides its samples. */
export interface Circumstances {
  states: readonly StateChange[];
  holes: readonly Hole[];
  /** Since when this page hears nothing from the daemon. */
  awaySince: number | undefined;
}

/**
 * The bands to draw on a plot: samples that are missing, times in which the device did not stream, and times in which nobody
 * knows what it did.
 *
 * @param words A state as people call it.
 */
export function bandsOf(
  { states, holes, awaySince }: Circumstances,
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
    add({ kind: "hole", word: wordOf(hole), from: hole.from, to: hole.to ?? Infinity });
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
