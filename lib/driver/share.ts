import { abortable, deadline, delay, Mutex } from "../async/mod.ts";
import { LabError } from "../errors.ts";
import { outsideConnectionScope, watchConnection } from "./connection/connection_scope.ts";

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
   * Runs `work` with the connection, one piece of work at a time, in the order of the calls of all devices. An error of `work`
   * is this device's alone, also if it loses the connection, as a query does that is not answered in time: the next turn then
   * opens it again. If it cannot be opened again, or is lost while no work runs, all devices have lost it.
   *
   * Work that does not end within a second after its signal has aborted loses the connection: it is closed, and others go
   * on with a new one.
   *
   * @throws what `work` or `open` throws, or the signal's reason.
   */
  use<Result>(
    work: (connection: Connection) => Result | Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
  /** Gives up this device's part. The last device closes the connection. To be called in `disconnect`. Idempotent. */
  disconnect(): Promise<void>;
}

/** The time that work has to end after its signal has aborted. */
const GRACE_MS = 1_000;

/** A peer that takes one connection needs some time to notice that the last one has ended. */
const REOPEN_MS = 100;

/** The connections of this process that are in use, by their keys. */
const connections = new Map<string, SharedConnection<unknown>>();

/**
 * A connection that the devices of one process share: the first one opens it, the last one closes it, and they take turns
 * on it. Devices with the same `bus(params)`, or the same `bus:` in the bench file, are in one process.
 *
 * @param key Names the connection and its kind, such as `tcp:gateway:502`. Call this function in `create`: it opens nothing.
 * @param open Opens the connection. Called again after it was lost.
 * @param close Closes it. Called once for each connection, also for a lost one.
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
  let part = new Part();
  const joined = () => {
    if (shared) return shared;
    const found = connections.get(key) as SharedConnection<Connection> | undefined;
    shared = found ?? new SharedConnection<Connection>();
    connections.set(key, shared as SharedConnection<unknown>);
    shared.parts.add(part = new Part());
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

/** One device's part. */
class Part {
  /** Aborts when the device gives it up. */
  readonly end = new AbortController();
  /** Resolves with the reason when the connection is lost for this device. */
  readonly lost = Promise.withResolvers<unknown>();
}

/** What a device does with the connection: the same for all, as far as they have the same driver. */
interface Functions<Connection> extends Required<ShareOptions<Connection>> {
  open: (signal: AbortSignal) => Connection | Promise<Connection>;
  close: (connection: Connection) => void | Promise<void>;
}

/** One connection, its turns, and the devices that use it. */
class SharedConnection<Connection> {
  readonly parts = new Set<Part>();
  readonly #turns = new Mutex();
  #current: { connection: Connection; functions: Functions<Connection> } | undefined;
  /** Counts the turns that were asked for. */
  #asked = 0;
  /** The last failure to open, and the number of turns that had been asked for by then: it is theirs, too. */
  #failure: { error: unknown; asked: number } | undefined;
  /** When the last connection was closed, by the monotonic clock. */
  #droppedAt = -Infinity;
  /** True while the work of a turn runs. */
  #isUsed = false;

  turn<Result>(
    functions: Functions<Connection>,
    work: (connection: Connection) => Result | Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const number = ++this.#asked;
    return this.#turns.run(async () => {
      signal.throwIfAborted();
      const connection = await this.#opened(functions, number, signal);
      this.#isUsed = true;
      const result = Promise.try(() => work(connection));
      try {
        await this.#ended(result, signal);
        return await abortable(result, signal);
      } catch (error) {
        // A connection that the work has lost reports that before the turn ends.
        await new Promise((resolve) => setImmediate(resolve));
        throw error;
      } finally {
        this.#isUsed = false;
        if (functions.pauseMs > 0) await delay(functions.pauseMs);
      }
    }, signal);
  }

  /** Closes the connection after the turn of now. */
  async end(): Promise<void> {
    await this.#turns.run(() => this.#drop());
  }

  async #opened(functions: Functions<Connection>, number: number, signal: AbortSignal): Promise<Connection> {
    if (this.#current) return this.#current.connection;
    if (this.#failure && number <= this.#failure.asked) throw copyOf(this.#failure.error);
    const waitMs = this.#droppedAt + REOPEN_MS - performance.now();
    if (waitMs > 0) await delay(waitMs, { signal });
    try {
      const connection = await outsideConnectionScope(() => functions.open(signal));
      const current = this.#current = { connection, functions };
      const lose = (reason: unknown) => this.#lose(current, reason);
      functions.lost(connection)?.then(lose, lose);
      return connection;
    } catch (error) {
      if (!signal.aborted) {
        this.#failure = { error, asked: this.#asked };
        this.#notify(error);
      }
      throw error;
    }
  }

  /** The connection is lost: by the work of a turn, which fails by it, or for all. */
  #lose(current: { connection: Connection; functions: Functions<Connection> }, reason: unknown): void {
    if (this.#current !== current) return;
    this.#drop();
    if (!this.#isUsed) this.#notify(reason);
  }

  #notify(reason: unknown): void {
    for (const { lost } of this.parts) lost.resolve(copyOf(reason));
  }

  /** Resolves when the work has ended. Work that goes on after its signal loses the connection. */
  async #ended(result: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const settled = result.then(() => {}, () => {});
    await abortable(settled, signal).catch(() => deadline(settled, GRACE_MS)).catch(() => this.#drop());
  }

  async #drop(): Promise<void> {
    const { connection, functions } = this.#current ?? {};
    this.#current = undefined;
    if (!functions) return;
    this.#droppedAt = performance.now();
    // What it fails with adds nothing to the reason for which it is closed.
    await Promise.try(() => functions.close(connection as Connection)).catch(() => {});
  }
}

function lossOf(connection: unknown): Promise<unknown> | undefined {
  const lost = (connection as { lost?: unknown } | undefined)?.lost;
  return lost instanceof Promise ? lost : undefined;
}

/** Each device adds its own context to an error. */
function copyOf(thrown: unknown): unknown {
  if (!(thrown instanceof LabError)) return thrown;
  const { code, message, type, origin, context, cause } = thrown;
  return new LabError(code, message, { type, origin, context: { ...context }, cause });
}
