import { keepTrying, type KeepTryingOptions } from "./keep_trying.ts";

/** After a connection that lasted longer, the next pause is the shortest one again. */
const SETTLED_MS = 10_000;

/** One connection, while it is served. */
export interface OpenConnection<Connection> {
  readonly connection: Connection;
  /** Aborts when the connection is lost, and when no connection is wanted any more. */
  readonly signal: AbortSignal;
  /** Says that the connection is lost, and why: the signal aborts. */
  readonly lost: (reason: unknown) => void;
}

/**
 * Keeps a connection until the signal aborts: opens it, serves it, and opens a new one after a loss. Never rejects.
 *
 * @param open Opens a connection.
 * @param serve Uses it until its signal aborts, and closes it.
 *
 * @example
 * ```ts
 * import { keepConnected } from "./keep_connected.ts";
 *
 * const end = new AbortController();
 * let connections = 0;
 * await keepConnected(() => Promise.resolve(++connections), async ({ connection, lost }) => {
 *   if (connection === 2) end.abort();
 *   await Promise.resolve(lost(new Error("cut")));
 * }, { signal: end.signal, backoff: { initialDelayMs: 1, maxDelayMs: 1 }, failed: () => {} });
 * console.assert(connections === 2);
 * ```
 */
export async function keepConnected<Connection>(
  open: () => Promise<Connection>,
  serve: (opened: OpenConnection<Connection>) => Promise<void>,
  options: KeepTryingOptions,
): Promise<void> {
  await keepTrying(async (succeeded) => {
    const connection = await open();
    const openedMs = performance.now();
    const over = new AbortController();
    const signal = AbortSignal.any([options.signal, over.signal]);
    try {
      await serve({ connection, signal, lost: (reason) => over.abort(reason) });
    } finally {
      if (performance.now() - openedMs > SETTLED_MS) succeeded();
    }
    if (!options.signal.aborted) throw over.signal.reason ?? new Error("the connection has ended");
  }, options);
}

/** Resolves when the signal aborts. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
