/** Options of {@linkcode backoffDelay}. */
export interface BackoffOptions {
  /** The maximum of the first delay, in milliseconds. The maximum doubles with each attempt. */
  initialDelayMs: number;
  /** The maximum of all delays, in milliseconds. */
  maxDelayMs: number;
  /** Returns a number from 0 up to, but without, 1. Defaults to `Math.random`. */
  random?: () => number;
}

/** The largest power of two that is finite: beyond it 0 times the power would be `NaN`. */
const MAX_EXPONENT = 1023;

/**
 * The delay before the next attempt, in milliseconds: exponential backoff with full jitter, that is, a random number
 * from 0 to `initialDelayMs * 2 ** attempt`, and never more than `maxDelayMs`. Attempts count from 0.
 *
 * The jitter spans the whole range so that many clients that lost the same connection do not reconnect at the same
 * time.
 *
 * @throws {RangeError} if `attempt` is not a whole number from 0, or a time is negative or not finite.
 *
 * @example The fourth wait lasts at most 4 seconds
 * ```ts
 * import { backoffDelay } from "./backoff.ts";
 *
 * const ms = backoffDelay(3, { initialDelayMs: 500, maxDelayMs: 30_000 });
 * console.assert(ms >= 0 && ms <= 4_000);
 * ```
 */
export function backoffDelay(
  attempt: number,
  { initialDelayMs, maxDelayMs, random = Math.random }: BackoffOptions,
): number {
  if (!Number.isInteger(attempt) || attempt < 0) throw refusal("attempt", "a whole number from 0", attempt);
  if (!Number.isFinite(initialDelayMs) || initialDelayMs < 0) {
    throw refusal("initialDelayMs", "a finite number from 0", initialDelayMs);
  }
  if (!Number.isFinite(maxDelayMs) || maxDelayMs < 0) throw refusal("maxDelayMs", "a finite number from 0", maxDelayMs);
  return Math.min(maxDelayMs, initialDelayMs * 2 ** Math.min(attempt, MAX_EXPONENT)) * random();
}

function refusal(name: string, expected: string, found: unknown): RangeError {
  return new RangeError(`Cannot compute a backoff delay as '${name}' must be ${expected}: current value is ${found}`);
}
