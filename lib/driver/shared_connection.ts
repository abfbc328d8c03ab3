import { abortable, deadline, delay, Mutex } from "../async/mod.ts";
import { LabError } from "../errors.ts";
import { outsideConnectionScope } from "./connection/connection_scope.ts";

/** The time that work has to end after its signal has aborted. */
const GRACE_MS = 1_000;

/** The pause before the connection is opened again. A peer that accepts one connection needs time to notice its end. */
const REOPEN_MS = 100;

/** One device's part. */
export class ConnectionPart {
  /** Aborts when the device gives it up. */
  readonly end = new AbortController();
  /** Resolves with the reason when the connection is lost for this device. */
  readonly lost = Promise.withResolvers<unknown>();
}

/** The functions by which a device uses the connection: the same for all, as far as they have the same driver. */
export interface SharedFunctions<Connection> {
  /** The silence between two turns, in milliseconds. */
  pauseMs: number;
  /** Resolves with the reason when the connection is lost. */
  lost: (connection: Connection) => Promise<unknown> | undefined;
  open: (signal: AbortSignal) => Connection | Promise<Connection>;
  close: (connection: Connection) => void | Promise<void>;
}

/** One connection, its turns, and the devices that share it. */
export class SharedConnection<Connection> {
  readonly parts = new Set<ConnectionPart>();
  readonly #turns = new Mutex();
  #current: { connection: Connection; functions: SharedFunctions<Connection> } | undefined;
  /** Counts the turns that were asked for. */
  #asked = 0;
  /** The last failure to open, and the number of turns requested by then: all of them fail with it. */
  #failure: { error: unknown; asked: number } | undefined;
  /** When the last connection was closed, by the monotonic clock. */
  #droppedAt = -Infinity;
  /** True while the work of a turn runs. */
  #isUsed = false;

  turn<Result>(
    functions: SharedFunctions<Connection>,
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

  /** Closes the connection after the current turn. */
  async end(): Promise<void> {
    await this.#turns.run(() => this.#drop());
  }

  async #opened(functions: SharedFunctions<Connection>, number: number, signal: AbortSignal): Promise<Connection> {
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

  /** Drops a lost connection. Notifies all devices, unless a turn runs: its work fails by the loss. */
  #lose(current: { connection: Connection; functions: SharedFunctions<Connection> }, reason: unknown): void {
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
    // An error of closing is ignored: the connection is no longer used.
    await Promise.try(() => functions.close(connection as Connection)).catch(() => {});
  }
}

/** Each device adds its own context to an error. */
function copyOf(thrown: unknown): unknown {
  if (!(thrown instanceof LabError)) return thrown;
  const { code, message, type, origin, context, cause } = thrown;
  return new LabError(code, message, { type, origin, context: { ...context }, cause });
}
