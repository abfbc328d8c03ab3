/** The significant digits of a value for people. Whole numbers have all of theirs. */
const DIGITS = 6;

/**
 * A number with its unit, for people.
 *
 * @example
 * ```ts
 * import { valueWords } from "./value_words.ts";
 *
 * console.assert(valueWords(5.190555557736478, "V") === "5.19056 V");
 * console.assert(valueWords(0.1, "") === "0.1");
 * ```
 */
export function valueWords(value: number, unit: string): string {
  const shown = Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
  return `${shown}${unit && ` ${unit}`}`;
}
