/**
 * The known name closest to a misspelt one; `undefined` where none is close. Case, `-` and `_` do not count. Up to two
 * letters may differ, one in names of three letters or fewer.
 *
 * @example
 * ```ts
 * import { closestName } from "./closest_name.ts";
 *
 * console.assert(closestName("drivr", ["id", "driver"]) === "driver");
 * ```
 */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, distance: distance(plain(name), plain(candidate)) }))
    .filter((each) => each.distance <= (each.candidate.length > 3 ? 2 : 1))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, "");
}

/** The Levenshtein distance: the number of letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
