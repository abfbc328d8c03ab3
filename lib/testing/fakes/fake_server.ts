import { delay } from "../../async/mod.ts";

/** The time for which the fake's port may still be in use when it is restored, in milliseconds. */
const MAX_IN_USE_MS = 5_000;

/**
 * The server of a fake instrument, on a free port of this machine. Its connections can be broken and restored as a cable can
 * be pulled.
 *
 * @example A fake with a protocol of its own
 * ```ts
 * import { connectTcp } from "labdaemon/driver";
 * import { FakeServer } from "labdaemon/testing";
 *
 * // Answers each byte with its successor.
 * class Successor extends FakeServer {
 *   protected override async serve(connection: Deno.TcpConn): Promise<void> {
 *     const byte = new Uint8Array(1);
 *     while (await connection.read(byte)) await connection.write(byte.map((it) => it + 1));
 *   }
 * }
 *
 * await using fake = new Successor();
 * using connection = await connectTcp({ hostname: fake.host, port: fake.port });
 * await connection.write(new Uint8Array([41]));
 * console.assert((await connection.read(() => 1)).join() === "42");
 * ```
 */
export abstract class FakeServer implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly #connections = new Map<Deno.TcpConn, Promise<void>>();
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> | undefined;
  #dropped = new AbortController();
  #isLost = false;

  constructor() {
    this.port = this.#listen(0);
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** The connections that are accepted at a time. Others are closed at once. */
  protected get maxConnections(): number {
    return Infinity;
  }

  /** The open connections. */
  protected get opened(): Iterable<Deno.TcpConn> {
    return this.#connections.keys();
  }

  /** Breaks all connections and refuses new ones, like a pulled cable. Idempotent. */
  async drop(): Promise<void> {
    this.#isLost = true;
    this.#dropped.abort();
    this.#listener?.close();
    this.#listener = undefined;
    this.closeConnections();
    await this.#accepting;
    // One may have been accepted meanwhile.
    const ends = [...this.#connections.values()];
    this.closeConnections();
    await Promise.all(ends);
  }

  /** Closes all connections, and accepts new ones at once. */
  closeConnections(): void {
    for (const connection of this.#connections.keys()) close(connection);
  }

  /** Accepts connections again, at the same port. Resolves once it does, or after a {@linkcode drop}. Idempotent. */
  async restore(): Promise<void> {
    this.#isLost = false;
    const start = performance.now();
    while (!this.#listener && !this.#isLost) {
      try {
        this.#listen(this.port);
      } catch (error) {
        // A process that another thread starts keeps a copy of the closed listener open, for some milliseconds.
        const isInUse = error instanceof Deno.errors.AddrInUse && performance.now() - start < MAX_IN_USE_MS;
        if (!isInUse) throw error;
        await delay(1);
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drop();
  }

  /** Speaks on a new connection, which is closed when it returns or throws. */
  protected abstract serve(connection: Deno.TcpConn, dropped: AbortSignal): Promise<void>;

  #listen(port: number): number {
    this.#dropped = new AbortController();
    this.#listener = Deno.listen({ hostname: this.host, port });
    this.#accepting = this.#accept(this.#listener);
    return this.#listener.addr.port;
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    for await (const connection of listener) {
      connection.setNoDelay(true);
      if (this.#connections.size >= this.maxConnections) close(connection);
      else this.#connections.set(connection, this.#serve(connection));
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    try {
      await this.serve(connection, this.#dropped.signal);
    } catch {
      // The peer or drop() closed the connection.
    } finally {
      this.#connections.delete(connection);
      close(connection);
    }
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
