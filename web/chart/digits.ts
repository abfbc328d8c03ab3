const MIN_DIGITS = 4;
/** The resolution of a constant is unknown. */
const OF_A_CONSTANT = 6;
/** A double holds no more. */
export const MAX_DIGITS = 15;

/** The number of digits that show the difference between these numbers in at least ten steps. */
export function digitsFor({ min, max }: { min: number; max: number } = { min: NaN, max: NaN }): number {
  if (!(max > min)) return OF_A_CONSTANT;
  const size = Math.max(Math.abs(min), Math.abs(max));
  return Math.min(MAX_DIGITS, Math.max(MIN_DIGITS, magnitude(size) - magnitude(max - min) + 2));
}

/** The power of ten of a number's first digit. */
export function magnitude(value: number): number {
  return Math.floor(Math.log10(Math.abs(value)) + 1e-9);
}
