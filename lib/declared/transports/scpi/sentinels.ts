import type { Reading } from "../../transport.ts";

/** SCPI-99, 7.2.1: the numbers that stand for infinity and for not a number. */
const INFINITY = 9.9e37;
const NOT_A_NUMBER = 9.91e37;

/** Instruments send them with few digits: 9.9E37, 9.90000000E+37. Half of the distance between the two. */
const TOLERANCE = 0.005e37;

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;

/**
 * The reading of an answer: a text; or the reason why there is no value, where the number is one of SCPI's that stand for
 * overload and for not a number.
 */
export function readingOf(text: string): Reading {
  const reason = NUMBER.test(text) ? sentinel(Number(text)) : undefined;
  return reason ? { quality: `${reason} (${text.trim()})` } : { raw: text };
}

/** The meaning of a number that is none. */
export function sentinel(number: number): string | undefined {
  if (Math.abs(number - NOT_A_NUMBER) < TOLERANCE) return "not a number";
  if (Math.abs(number - INFINITY) < TOLERANCE) return "overload";
  if (Math.abs(number + INFINITY) < TOLERANCE) return "negative overload";
}
