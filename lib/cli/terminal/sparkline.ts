const BARS = "▁▂▃▄▅▆▇█";

/**
 * Numbers as a row of bars, from the smallest to the largest of them; a blank for NaN. More numbers than `width` are
 * reduced to the largest of each group, so that a spike is visible.
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
    // Math.max(...) fails for the groups of a long waveform: a call takes a limited number of arguments.
    return numbers.slice(from, to).filter(Number.isFinite).reduce((most, it) => it <= most ? most : it, NaN);
  });
}
