/** SCPI-99, 7.2.1: the numbers that stand for infinity and for not a number. */
const INFINITY = 9.9e37;
const NOT_A_NUMBER = 9.91e37;

/** Instruments send them with few digits: 9.9E37, 9.90000000E+37. Half of the distance between the two. */
const TOLERANCE = 0.005e37;

/**
 * The meaning of a number that stands for no value, as instruments send it; `undefined` for any other number.
 *
 * @example
 * ```ts
 * import { sentinel } from "./sentinels.ts";
 *
 * console.assert(sentinel(9.9e37) === "overload" && sentinel(5) === undefined);
 * ```
 */
export function sentinel(number: number): "not a number" | "overload" | "negative overload" | undefined {
  if (Math.abs(number) < INFINITY - TOLERANCE) return undefined;
  if (Math.abs(number - NOT_A_NUMBER) < TOLERANCE) return "not a number";
  if (Math.abs(number - INFINITY) < TOLERANCE) return "overload";
  if (Math.abs(number + INFINITY) < TOLERANCE) return "negative overload";
}
