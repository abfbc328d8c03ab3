const LEAST = 4;
/** Of what does not change nobody knows how fine it is. */
const OF_A_CONSTANT = 6;
/** More is not in a double. */
export const MOST_DIGITS = 15;

/** How many digits show what differs between these numbers, in at least ten steps from one to the other. */
export function digitsFor({ min, max }: { min: number; max: number } = { min: NaN, max: NaN }): number {
  if (!(max > min)) return OF_A_CONSTANT;
  const size = Math.max(Math.abs(min), Math.abs(max));
  return Math.min(MOST_DIGITS, Math.max(LEAST, magnitude(size) - magnitude(max - min) + 2));
}

/** The power of ten of a number's first digit. */
export function magnitude(value: number): number {
  return Math.floor(Math.log10(Math.abs(value)) + 1e-9);
}
