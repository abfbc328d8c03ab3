const UNITS: [name: string, ms: number][] = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000]];

/**
 * An elapsed time in at most two units, rounded: `0.6 s`, `41 s`, `10 min`, `2 h 10 min`.
 *
 * @example
 * ```ts
 * import { elapsed } from "./elapsed.ts";
 *
 * console.assert(elapsed(7_800_000) === "2 h 10 min");
 * ```
 */
export function elapsed(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 59_500) return `${Math.round(ms / 1000)} s`;
  const minutes = Math.round(ms / 60_000) * 60_000;
  const first = UNITS.findIndex(([, size]) => minutes >= size);
  const [[name, size], next] = [UNITS[first], UNITS[first + 1]];
  const rest = next ? Math.floor((minutes % size) / next[1]) : 0;
  return `${Math.floor(minutes / size)} ${name}${rest ? ` ${rest} ${next[0]}` : ""}`;
}
