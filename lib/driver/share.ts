import { LabError } from "../errors.ts";
import { watchConnection } from "./connection/connection_scope.ts";
import { ConnectionPart, SharedConnection } from "./shared_connection.ts";

/** The options of {@linkcode share}. */
export interface ShareOptions<Connection> {
  /**
   * The silence between two turns, in milliseconds: RS-485 units need some.
   *
   * @default {0}
   */
  pauseMs?: number;
  /**
   * A promise that resolves with the reason when a connection is lost, and stays pending when it is closed. By default, the
   * connection's own `lost`, if it is a promise: {@linkcode LineConnection} and the other connections of this package have one.
   */
  lost?: (connection: Connection) => Promise<unknown> | undefined;
}

/** One device's part in a connection that it shares with others. Made by {@linkcode share}. */
export interface Shared<Connection> {
  /**
   * Opens the connection, unless another device has. To be called in `connect`: from then on, a loss of the connection ends
   * this device's connection, too.
   *
   * @throws what `open` throws.
   */
  connect(signal: AbortSignal): Promise<void>;
  /**
   * Runs `work` with the connection, one piece of work at a time, in the order of the calls of all devices.
   *
   * An error of `work` concerns this device alone. If `work` loses the connection, as a query without an answer in time
   * does, the next turn opens the connection again. If that fails, or if the connection is lost while no work runs, all
   * devices have lost it. If `work` does not end within a second after its signal has aborted, the connection is closed,
   * and the other devices continue with a new one.
   *
   * @throws the error of `work` or `open`, or the signal's reason.
   */
  use<Result>(
    work: (connection: Connection) => Result | Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
  /** Gives up this device's part. The last device closes the connection. To be called in `disconnect`. Idempotent. */
  disconnect(): Promise<void>;
}

/** The connections of this process that are in use, by their keys. */
const connections = new Map<string, SharedConnection<unknown>>();

/**
 * A connection that the devices of one process share: the first one opens it, the last one closes it, and they take turns
 * on it. Devices with the same `bus(params)`, or the same `bus:` in the bench file, are in one process.
 *
 * @param key The name of the connection with its kind, such as `tcp:gateway:502`. Call this function in `create`: it
 * opens nothing.
 * @param open Opens the connection. Called again after it was lost.
 * @param close Closes the connection. Called once for each connection, also for a lost one.
 *
 * @example Two units on one connection
 * ```ts
 * import { share } from "labdaemon/driver";
 *
 * let opened = 0;
 * const open = () => Promise.resolve({ ask: (unit: number) => unit * 10, number: ++opened });
 * const unit = (address: number) => {
 *   const bus = share("tcp:gateway:502", open, () => {});
 *   return {
 *     connect: (signal: AbortSignal) => bus.connect(signal),
 *     read: () => bus.use((connection) => connection.ask(address)),
 *     disconnect: () => bus.disconnect(),
 *   };
 * };
 * const [one, two] = [unit(1), unit(2)];
 * const { signal } = new AbortController();
 * await Promise.all([one.connect(signal), two.connect(signal)]);
 * console.assert(await one.read() === 10 && await two.read() === 20 && opened === 1);
 * await Promise.all([one.disconnect(), two.disconnect()]);
 * ```
 */
export function share<Connection>(
  key: string,
  open: (signal: AbortSignal) => Connection | Promise<Connection>,
  close: (connection: Connection) => void | Promise<void>,
  options: ShareOptions<Connection> = {},
): Shared<Connection> {
  const functions = { open, close, lost: options.lost ?? lossOf, pauseMs: options.pauseMs ?? 0 };
  let shared: SharedConnection<Connection> | undefined;
  let part = new ConnectionPart();
  const joined = () => {
    if (shared) return shared;
    const found = connections.get(key) as SharedConnection<Connection> | undefined;
    shared = found ?? new SharedConnection<Connection>();
    connections.set(key, shared as SharedConnection<unknown>);
    shared.parts.add(part = new ConnectionPart());
    return shared;
  };
  const use: Shared<Connection>["use"] = (work, signal) => {
    const connection = joined();
    const { signal: ended } = part.end;
    return connection.turn(functions, work, signal ? AbortSignal.any([signal, ended]) : ended);
  };
  return {
    async connect(signal) {
      await use(() => {}, signal);
      watchConnection(part.lost.promise);
    },
    use,
    async disconnect() {
      const left = shared;
      shared = undefined;
      if (!left?.parts.delete(part)) return;
      part.end.abort(new LabError("DeviceNotConnected", `the device no longer uses the connection "${key}"`));
      if (left.parts.size > 0) return;
      if (connections.get(key) === left as SharedConnection<unknown>) connections.delete(key);
      await left.end();
    },
  };
}

function lossOf(connection: unknown): Promise<unknown> | undefined {
  const lost = (connection as { lost?: unknown } | undefined)?.lost;
  return lost instanceof Promise ? lost : undefined;
}
