import type { Band } from "../../chart/draw_bands.ts";
import type { PastState } from "../../stream/page_past.ts";
import type { TimeRange } from "../../stream/view.ts";

/**
 * The words on a part of a plot for which the page has no samples of its own: being loaded, not kept, not read.
 *
 * @param part The part of the plot; `undefined` if the page has all of it.
 */
export function pastBands({ past, isLoading, failure }: PastState, part: TimeRange | undefined): Band[] {
  if (!part) return [];
  const band = (word: string, from: number, to: number): Band[] => {
    const [start, end] = [Math.max(part.from, from), Math.min(part.to, to)];
    return start < end ? [{ kind: "state", word, from: start, to: end }] : [];
  };
  if (failure !== undefined) return band(`Not loaded: ${failure}`, -Infinity, Infinity);
  if (!past || past.from > part.from || (past.isComplete && past.to < part.to)) {
    const known = past ? [...band("Loading…", -Infinity, past.from), ...band("Loading…", past.to, Infinity)] : [];
    return isLoading ? past ? known : band("Loading…", -Infinity, Infinity) : [];
  }
  return [
    ...band("Not kept, and not recorded", -Infinity, past.oldest ?? Infinity),
    ...past.isComplete ? [] : band("Too much to read at once: zoom in", past.to, Infinity),
  ];
}
