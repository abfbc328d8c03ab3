/**
 * The shortest decimal number that is this float32.
 *
 * @example
 * ```ts
 * import { shortestFloat32 } from "./float32.ts";
 *
 * console.assert(Math.fround(21.3) === 21.299999237060547);
 * console.assert(shortestFloat32(Math.fround(21.3)) === 21.3);
 * ```
 */
export function shortestFloat32(float: number): number {
  if (!Number.isFinite(float)) return float;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return float;
}
