import { backoffDelay, type BackoffOptions } from "./backoff.ts";
import { delay } from "./delay.ts";

/** Options of {@linkcode keepTrying}. */
export interface KeepTryingOptions {
  /** Ends the attempts. A failure after it is not reported. */
  signal: AbortSignal;
  /** The pauses behind failures. */
  backoff: BackoffOptions;
  /** Called with the first failure since the last success, and with the first of each other reason after it. */
  failed: (error: unknown) => void;
}

/**
 * The number of reasons that are distinguished between two successes: a text with a number in it would be a new reason
 * each time.
 */
const MAX_REASONS = 8;

/**
 * Calls `work` again and again until the signal aborts: at once after a success, after a growing pause if it has
 * failed. Never rejects.
 *
 * @param work Calls `succeeded` when it works: the pause after the next failure is then the first, short one.
 *
 * @example
 * ```ts
 * import { keepTrying } from "./keep_trying.ts";
 *
 * const end = new AbortController();
 * let attempts = 0;
 * await keepTrying(() => {
 *   if (++attempts === 3) end.abort();
 *   return Promise.reject(new Error("refused"));
 * }, { signal: end.signal, backoff: { initialDelayMs: 1, maxDelayMs: 1 }, failed: () => {} });
 * console.assert(attempts === 3);
 * ```
 */
export async function keepTrying(
  work: (succeeded: () => void) => Promise<void>,
  { signal, backoff, failed }: KeepTryingOptions,
): Promise<void> {
  const reasons = new Set<string>();
  let failures = 0;
  const succeeded = () => {
    failures = 0;
    reasons.clear();
  };
  while (!signal.aborted) {
    try {
      await work(succeeded);
    } catch (error) {
      if (signal.aborted) return;
      const reason = String(error);
      if (!reasons.has(reason) && reasons.size < MAX_REASONS) {
        reasons.add(reason);
        failed(error);
      }
      await delay(backoffDelay(failures++, backoff), { signal }).catch(() => {});
    }
  }
}
