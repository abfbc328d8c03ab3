import { getLogger } from "@logtape/logtape";
import { delay, Notifier } from "../../../async/mod.ts";
import { LabError, messageOf } from "../../../errors.ts";

/** The time from the end of a listener to the next attempt to listen. */
const RETRY_MS = 500;

/** The longest wait for the old listener to end before the renewed one is opened. */
const RENEW_MS = 5;

/** A daemon that cannot be reached for so long gives up. */
const MAX_UNREACHABLE_MS = 60_000;

/** A listener that lasted this long was reachable. */
const SETTLED_MS = 5_000;

const logger = getLogger(["labdaemon", "http"]);

/** The part of `Deno.HttpServer` that a {@linkcode Listener} uses. */
export interface Server {
  readonly addr: { hostname: string; port: number };
  /**
   * Settles when the listener accepts no more connections. The `finished` of Deno's server waits for all of its
   * connections to close, too.
   */
  readonly finished: Promise<void>;
  /** Resolves when all connections are closed. */
  shutdown(): Promise<void>;
}

/**
 * A server that listens until its shutdown. Deno ends a listener for good when one `accept` fails, such as when the process
 * has no file descriptor left; the connections that are open continue. Such a listener is opened again at the same address.
 */
export class Listener {
  readonly addr: Server["addr"];
  /** Rejects with `Unavailable` when the daemon could not be reached for a minute. */
  readonly failed: Promise<never>;
  readonly #open: (port: number) => Server;
  readonly #stop = new AbortController();
  readonly #renewal = new Notifier();
  readonly #opened = new Notifier();
  /** Servers that no longer listen, and have connections. */
  readonly #closing = new Set<Promise<void>>();
  #server: Server;

  /**
   * @param open Listens at a port; 0 for the port of the bench file. The constructor throws the error of the first
   * call.
   */
  constructor(open: (port: number) => Server) {
    this.#open = open;
    this.#server = open(0);
    this.addr = this.#server.addr;
    this.failed = this.#run();
    this.failed.catch(() => {});
  }

  /** Stops listening. Resolves when all connections are closed. */
  async shutdown(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#server.shutdown(), ...this.#closing]);
  }

  /**
   * Opens the listener again, for another certificate. Connections that are open stay so; new ones are refused for a moment.
   * Resolves when it listens again.
   */
  async renew(): Promise<void> {
    const opened = this.#opened.next();
    this.#renewal.notify();
    await opened;
  }

  async #run(): Promise<never> {
    const { signal } = this.#stop;
    let reachedAt = performance.now();
    for (let server: Server | undefined = this.#server;;) {
      const openedAt = performance.now();
      let cause: unknown = "it ended";
      const ended = server?.finished.then(() => false, (error) => (cause = error, false)) ?? false;
      const isRenewed = await Promise.race([ended, this.#renewal.next().then(() => true)]);
      if (signal.aborted) return await new Promise(() => {});
      if (server && isRenewed) {
        reachedAt = performance.now();
        this.#end(server);
        await Promise.race([ended, delay(RENEW_MS, { signal }).catch(() => {})]);
        if (signal.aborted) continue;
        server = this.#reopen();
        if (server) continue;
      }
      const now = performance.now();
      if (server && now - openedAt >= SETTLED_MS) reachedAt = now;
      if (now - reachedAt > MAX_UNREACHABLE_MS) throw this.#unreachable(cause);
      if (server) logger.error("The listener ended ({error}); listening again", { error: messageOf(cause) });
      await delay(RETRY_MS, { signal }).catch(() => {});
      if (signal.aborted) continue;
      server = this.#reopen();
    }
  }

  /** Lets a server end with its last connection. */
  #end(server: Server): void {
    const closing = server.shutdown().catch(() => {}).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #reopen(): Server | undefined {
    try {
      this.#server = this.#open(this.addr.port);
      this.#opened.notify();
      return this.#server;
    } catch (error) {
      logger.error("Cannot listen again on port {port}: {error}", { port: this.addr.port, error: messageOf(error) });
      return undefined;
    }
  }

  #unreachable(cause: unknown): LabError {
    const { hostname, port } = this.addr;
    return new LabError(
      "Unavailable",
      `Cannot listen on ${hostname}:${port} for ${MAX_UNREACHABLE_MS / 1000} s: ${
        messageOf(cause)
      }; the daemon ends, so ` +
        "that its supervisor starts it again",
      { cause },
    );
  }
}
