import { delay } from "../../async/mod.ts";

/** The time for which its port may still be in use when it is restored, in milliseconds. */
const MAX_IN_USE_MS = 5_000;

/**
 * A server for a fake instrument whose bytes a protocol of its own reads, on a free port of this machine. Its connections
 * can be broken and restored as a cable can be pulled.
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

  /** Breaks all connections and refuses new ones, like a pulled cable. Idempotent. */
  async drop(): Promise<void> {
    this.#isLost = true;
    this.#dropped.abort();
    this.#listener?.close();
    this.#listener = undefined;
    const ends = [...this.#connections.values()];
    for (const connection of this.#connections.keys()) close(connection);
    await Promise.all([this.#accepting, ...ends]);
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

  /** Takes bytes that have come on a connection. Returns those that are not used yet. */
  protected abstract receive(
    bytes: Uint8Array,
    send: (bytes: Uint8Array) => Promise<void>,
    dropped: AbortSignal,
  ): Promise<Uint8Array>;

  #listen(port: number): number {
    this.#dropped = new AbortController();
    this.#listener = Deno.listen({ hostname: this.host, port });
    this.#accepting = this.#accept(this.#listener);
    return this.#listener.addr.port;
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    for await (const connection of listener) {
      connection.setNoDelay(true);
      this.#connections.set(connection, this.#serve(connection));
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const { signal } = this.#dropped;
    const send = async (bytes: Uint8Array) => {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
    };
    let waiting = new Uint8Array();
    try {
      for await (const bytes of connection.readable) {
        waiting = new Uint8Array(await this.receive(Uint8Array.of(...waiting, ...bytes), send, signal));
      }
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
