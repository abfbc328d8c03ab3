const BARS = "▁▂▃▄▅▆▇█";

/**
 * Numbers as a row of bars, from the smallest to the largest of them; a blank where there is none. More numbers than
 * `width` are told by the largest of each group, so that a spike is seen.
 *
 * @example
 * ```ts
 * import { sparkline } from "./sparkline.ts";
 *
 * console.assert(sparkline([0, 7, NaN, 3.5]) === "▁█ ▅");
 * ```
 */
export function sparkline(numbers: readonly number[], width = Infinity): string {
  const shown = numbers.length > width ? largest(numbers, width) : numbers;
  const finite = shown.filter(Number.isFinite);
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  return shown.map((number) => {
    if (!Number.isFinite(number)) return " ";
    return BARS[span > 0 ? Math.round((number - low) / span * (BARS.length - 1)) : 3];
  }).join("");
}

function largest(numbers: readonly number[], groups: number): number[] {
  return Array.from({ length: groups }, (_, i) => {
    const [from, to] = [i, i + 1].map((edge) => Math.floor(edge * numbers.length / groups));
    // Not by Math.max(...): a group of a long waveform is more than a call can take.
    return numbers.slice(from, to).filter(Number.isFinite).reduce((most, it) => it <= most ? most : it, NaN);
  });
}
