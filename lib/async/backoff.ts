/** Options of {@linkcode backoffDelay}. */
export interface BackoffOptions {
  /** The longest that the first delay may be, in milliseconds. The bound doubles with each attempt. */
  first: number;
  /** The bound never grows beyond this many milliseconds. */
  longest: number;
  /** A number from 0 up to, but without, 1. Defaults to `Math.random`. */
  random?: () => number;
}

/** The largest power of two that a number can hold: beyond it 0 times the power would be `NaN`. */
const LARGEST_EXPONENT = 1023;

/**
 * How long to wait before trying again: exponential backoff with full jitter, that is, anything from 0 to
 * `first * 2 ** attempt` milliseconds, and never more than `longest`. Attempts count from 0.
 *
 * The jitter spans the whole range so that many who lost the same thing at the same moment do not all come back at once.
 *
 * @throws {RangeError} if `attempt` is not a whole number from 0, or a time is negative or not finite.
 *
 * @example The fourth wait lasts at most 4 seconds
 * ```ts
 * import { backoffDelay } from "./backoff.ts";
 *
 * const ms = backoffDelay(3, { first: 500, longest: 30_000 });
 * console.assert(ms >= 0 && ms <= 4_000);
 * ```
 */
export function backoffDelay(attempt: number, { first, longest, random = Math.random }: BackoffOptions): number {
  if (!Number.isInteger(attempt) || attempt < 0) throw refusal("attempt", "a whole number from 0", attempt);
  if (!Number.isFinite(first) || first < 0) throw refusal("first", "a finite number of ms from 0", first);
  if (!Number.isFinite(longest) || longest < 0) throw refusal("longest", "a finite number of ms from 0", longest);
  return Math.min(longest, first * 2 ** Math.min(attempt, LARGEST_EXPONENT)) * random();
}

function refusal(name: string, expected: string, found: unknown): RangeError {
  return new RangeError(`Cannot compute a backoff delay as '${name}' must be ${expected}: current value is ${found}`);
}
