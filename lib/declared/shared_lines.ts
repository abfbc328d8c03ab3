/**
 * Lines of text that several devices of a process exchange with one peer: an instrument that takes one connection, or the
 * instruments of one serial line.
 *
 * @module
 */
import type { LineConnection } from "../driver/connection/line_connection.ts";
import type { LineOptions } from "../driver/connection/line_options.ts";
import { share } from "../driver/share.ts";
import { type LineParams, openLink } from "./line_link.ts";

/** One device's turns on a connection. */
export interface LineTurns {
  /**
   * Runs exchanges that belong together: no other device has a turn between them. After a loss of the connection, in a
   * turn of any device, the next turn gets a new connection.
   *
   * @throws the error of `work`, or of opening the connection again.
   */
  turn<Result>(work: (lines: LineConnection) => Promise<Result>, signal: AbortSignal): Promise<Result>;
  /** Gives up this device's part; the last one closes the connection. */
  close(): Promise<void>;
}

/** Opens the connection, or joins the devices that share it. */
export async function shareLines(
  params: LineParams,
  signal: AbortSignal,
  options: LineOptions = {},
): Promise<LineTurns> {
  // Each exchange has the limit of its own device.
  const { timeout: _, ...connection } = params;
  const shared = share(
    `lines:${JSON.stringify([connection, options])}`,
    (signal) => openLink(params, signal, options),
    (link) => link.close(),
    { lost: ({ lines }) => lines.lost },
  );
  try {
    await shared.connect(signal);
  } catch (error) {
    await shared.disconnect();
    throw error;
  }
  return {
    turn: (work, signal) => shared.use(({ lines }) => work(lines), signal),
    close: () => shared.disconnect(),
  };
}
