/** Options of {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait early: the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** The longest delay of a timer. Beyond it `setTimeout` fires at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Resolves after `ms` milliseconds, and rejects with the signal's reason when that aborts first.
 *
 * @example Wait, but not for ever
 * ```ts
 * import { delay } from "./delay.ts";
 *
 * await delay(10, { signal: new AbortController().signal });
 * ```
 */
export function delay(ms: number, { signal }: DelayOptions = {}): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, Math.min(ms, MAX_DELAY_MS));
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
