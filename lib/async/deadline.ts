import { abortable } from "./abortable.ts";
import { MAX_DELAY_MS } from "./delay.ts";

/** Thrown by {@linkcode deadline} at the limit. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  /** The limit, in milliseconds. */
  readonly ms: number;

  constructor(ms: number) {
    super(`not done within ${ms} ms`);
    this.ms = ms;
  }
}

/**
 * Settles as `promise` does, or rejects with a {@linkcode DeadlineError} after `ms` milliseconds, or with the signal's
 * reason when that aborts first. The promise itself continues: its maker must stop the work. `Infinity` sets no limit.
 *
 * @example
 * ```ts
 * import { deadline } from "./deadline.ts";
 *
 * console.assert(await deadline(Promise.resolve(42), 1_000) === 42);
 * ```
 */
export async function deadline<T>(promise: Promise<T>, ms: number, signal?: AbortSignal): Promise<T> {
  if (ms === Infinity) return await abortable(promise, signal);
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(new DeadlineError(ms)), Math.min(ms, MAX_DELAY_MS));
  try {
    return await abortable(Promise.race([promise, limit.promise]), signal);
  } finally {
    clearTimeout(timer);
  }
}
