import type { Run } from "./run.ts";
import { timeTextOf } from "./template.ts";

/** The frames of a run as text. */
export function runText({ template: { literals, slots }, columns, at, count, first }: Run, maxRun = Infinity): string {
  let text = "";
  const last = literals[slots.length];
  for (let i = 0; i < Math.min(count, maxRun); i++) {
    for (let slot = 0; slot < slots.length; slot++) {
      text += literals[slot];
      if (slot < 2) text += first + i;
      else {
        const value = columns[slot][at + i];
        text += slots[slot] === "time" ? timeTextOf(value) : value === value ? value : "null";
      }
    }
    text += last;
  }
  return text;
}
