import { sentinel } from "../../../lib/format/sentinels.ts";
import type { Mark } from "../../chart/draw_marks.ts";
import type { Trace, Word } from "../../stream/trace.ts";

/** The samples of a channel that are no numbers, from one place in a trace to another; equal ones that follow are one mark. */
export function marksOf({ words, times, columns }: Trace, name: string, first: number, last: number): Mark[] {
  const column = words.get(name);
  if (!column || !columns.has(name)) return [];
  const marks: Mark[] = [];
  let open: Mark | undefined;
  for (let i = first; i < last; i++) {
    const word = wordOf(column[i]);
    if (word === undefined) {
      open = undefined;
      continue;
    }
    if (open?.word === word) open.to = times[i];
    else marks.push(open = { from: times[i], to: times[i], word });
  }
  return marks;
}

function wordOf(word: Word | undefined): string | undefined {
  if (word === null || word === undefined) return undefined;
  if (typeof word === "number") return Number.isNaN(word) ? "no value" : sentinel(word) ?? String(word);
  return word === true ? "yes" : word === false ? "no" : word;
}
