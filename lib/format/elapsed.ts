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

/**
 * A measured time with three digits, also below a second; from a minute on as {@linkcode elapsed}.
 *
 * @example
 * ```ts
 * import { measuredTime } from "./elapsed.ts";
 *
 * console.assert(measuredTime(12.3) === "12 ms" && measuredTime(1_500) === "1.50 s");
 * ```
 */
export function measuredTime(ms: number): string {
  if (ms < 999.5) return `${Math.max(1, Math.round(ms))} ms`;
  return ms < 59_950 ? `${(ms / 1000).toPrecision(3)} s` : elapsed(ms);
}

/**
 * A step of a clock in seconds, in words.
 *
 * @example
 * ```ts
 * import { stepText } from "./elapsed.ts";
 *
 * console.assert(stepText(-0.5) === "back by 500 ms");
 * ```
 */
export function stepText(seconds: number): string {
  return `${seconds < 0 ? "back" : "forward"} by ${measuredTime(Math.abs(seconds) * 1000)}`;
}
