/**
 * A number as text with so many significant digits, and with all digits before its point. Whole numbers stay as they are.
 *
 * @example
 * ```ts
 * import { numberText } from "./number_text.ts";
 *
 * console.assert(numberText(1.23456, 4) === "1.235");
 * console.assert(numberText(123_456.7, 4) === "123457");
 * ```
 */
export function numberText(value: number, digits: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 10 ** digits && size < 1e15 ? value.toFixed(0) : value.toPrecision(digits);
}
