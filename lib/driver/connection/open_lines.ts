import { deadline, DeadlineError } from "../../async/mod.ts";
import type { ByteConnection } from "./byte_connection.ts";
import { DEFAULT_TIMEOUT_MS } from "./byte_options.ts";
import { connectionError } from "./connection_error.ts";
import type { LinePattern } from "./line_format.ts";
import { LineConnection } from "./line_connection.ts";
import type { LineOptions } from "./line_options.ts";

/** Options of {@linkcode openLines}. */
export interface OpenLinesOptions extends LineOptions {
  /**
   * The line with which the instrument greets a new connection. Lines before it are discarded. Without it, a greeting that
   * comes before the first query is discarded.
   */
  banner?: string | LinePattern;
  /**
   * The time that the instrument needs after it was connected, in milliseconds: an Arduino restarts when its port is
   * opened. Input in this time is discarded.
   *
   * @default {0}
   */
  settleMs?: number;
  /** Stops waiting for the banner. */
  signal?: AbortSignal;
}

/**
 * Lines of text over an open connection: over TCP as {@linkcode connectLines} does, a serial port, or any other.
 *
 * @example Over any connection
 * ```ts
 * import { connectTcp, openLines } from "labdaemon/driver";
 * import { fakeInstrument } from "labdaemon/testing";
 *
 * await using laser = fakeInstrument({ greeting: "ACME Laser ready", answers: { "P?": "1.5" } });
 * const bytes = await connectTcp({ hostname: laser.host, port: laser.port });
 * using connection = await openLines(bytes, { banner: /ready$/ });
 * console.assert(await connection.query("P?") === "1.5");
 * ```
 *
 * @throws {LabError} `DriverError`, if the banner does not come in time. The connection is closed then.
 */
export async function openLines(bytes: ByteConnection, options: OpenLinesOptions = {}): Promise<LineConnection> {
  const { banner, settleMs = 0, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const attempt = `Cannot connect to ${bytes.peer}`;
  const end = new AbortController();
  try {
    if (settleMs > 0) await deadline(bytes.lost, settleMs, signal).catch(ignoreDeadline);
    bytes.assertOpen(attempt);
    const connection = new LineConnection(bytes, options);
    if (settleMs > 0) bytes.take();
    if (banner !== undefined) await deadline(greeting(connection, banner, end.signal), timeoutMs, signal);
    return connection;
  } catch (error) {
    bytes.close();
    if (!(error instanceof DeadlineError)) throw error;
    throw connectionError(
      attempt,
      new Error(`the banner ${banner} did not come within ${timeoutMs} ms`),
      "TimeoutError",
    );
  } finally {
    end.abort();
  }
}

/** Discards lines up to the greeting. */
async function greeting(connection: LineConnection, banner: string | LinePattern, signal: AbortSignal): Promise<void> {
  for await (const line of connection.lines(signal, { silenceMs: Infinity })) {
    if (typeof banner === "string" ? line === banner : line.search(banner) >= 0) return;
  }
}

function ignoreDeadline(error: unknown): void {
  if (!(error instanceof DeadlineError)) throw error;
}
