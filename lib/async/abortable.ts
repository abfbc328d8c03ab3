/**
 * Settles as `promise` does, or rejects with the signal's reason when the signal aborts first. A signal that has
 * already aborted always comes first.
 *
 * @example
 * ```ts
 * import { abortable } from "./abortable.ts";
 *
 * console.assert(await abortable(Promise.resolve(42), new AbortController().signal) === 42);
 * ```
 */
export async function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return await promise;
  let onAbort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
