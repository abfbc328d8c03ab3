/**
 * Waits with an end: in real time, also while a test controls the clock.
 *
 * @module
 */

/** Taken before a test fakes them. */
const { setTimeout, clearTimeout } = globalThis;
const now = performance.now.bind(performance);

/** The limit of a wait: long enough for a busy machine. */
const LIMIT_MS = 60_000;

/** The pauses between two looks grow by a millisecond each, up to this one. */
const MAX_PAUSE_MS = 20;

/**
 * Resolves when a predicate holds, which is asked again and again.
 *
 * @param awaited The predicate in words, for the error.
 * @throws {Error} after a minute.
 */
export async function until(
  awaited: string | (() => string),
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = now() + LIMIT_MS;
  for (let turn = 0; !await holds(); turn++) {
    if (now() > end) throw new Error(`not within a minute: ${typeof awaited === "string" ? awaited : awaited()}`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(turn, MAX_PAUSE_MS)));
  }
}

/**
 * The result of `awaited`.
 *
 * @throws {Error} with the message `failure()`, after a minute.
 */
export async function within<T>(awaited: Promise<T>, failure: () => string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(failure())), LIMIT_MS);
  try {
    return await Promise.race([awaited, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first piece of a process's output that ends with a line's end. */
export async function firstLine(output: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await within(output.read(), () => `no line has come, only: ${text}`);
    if (done) throw new Error(`the output ended before its first line did: ${text}`);
    text += value;
  }
  return text;
}
