import { deadline } from "../../async/mod.ts";
import { messageOf } from "../../errors.ts";
import { ByteConnection } from "./byte_connection.ts";
import { type ByteConnectionOptions, DEFAULT_TIMEOUT_MS } from "./byte_options.ts";
import { connectionError } from "./connection_error.ts";
import type { Duplex } from "./duplex.ts";
import type { LineConnection } from "./line_connection.ts";
import { openLines, type OpenLinesOptions } from "./open_lines.ts";

/** The address of an instrument on the network, and the limit of connecting to it. */
export interface ConnectTcpOptions extends Partial<Pick<ByteConnectionOptions, "maxWaitingBytes">> {
  hostname: string;
  port: number;
  /** Aborts connecting. Has no effect on the open connection. */
  signal?: AbortSignal;
  /**
   * The limit of connecting, in milliseconds.
   *
   * @default {5_000}
   */
  timeoutMs?: number;
  /**
   * For an instrument that closes the connection after each command: each message that is sent opens a connection of its
   * own. {@linkcode LineConnection.lines} has no use then.
   *
   * @default {false}
   */
  connectEach?: boolean;
}

/** The options of {@linkcode connectLines}. */
export interface ConnectLinesOptions extends ConnectTcpOptions, OpenLinesOptions {
  /**
   * The limit of connecting, and of each query and each write, in milliseconds.
   *
   * @default {5_000}
   */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * Connects to an instrument that speaks lines of text over TCP, as SCPI instruments do (most often on port 5025).
 *
 * @example Ask an instrument for its name
 * ```ts
 * import { connectLines } from "labdaemon/driver";
 * import { fakeInstrument } from "labdaemon/testing";
 *
 * await using laser = fakeInstrument({ answers: { "*IDN?": "ACME,Laser,1,2.0" } });
 *
 * const connection = await connectLines({ hostname: laser.host, port: laser.port });
 * console.assert(await connection.query("*IDN?") === "ACME,Laser,1,2.0");
 * connection.close();
 * ```
 *
 * @throws {LabError} `DriverError`, if the instrument refuses the connection or does not answer in time.
 */
export async function connectLines(options: ConnectLinesOptions): Promise<LineConnection> {
  return await openLines(await connectTcp(options), options);
}

/**
 * Connects to an instrument over TCP, for a protocol of bytes. See {@linkcode connectLines} for lines of text.
 *
 * @example
 * ```ts
 * import { connectTcp } from "labdaemon/driver";
 * import { fakeInstrument } from "labdaemon/testing";
 *
 * await using meter = fakeInstrument({ answers: { "R": () => new Uint8Array([1, 2]) } });
 * using connection = await connectTcp({ hostname: meter.host, port: meter.port });
 * await connection.write(new TextEncoder().encode("R\n"));
 * const answer = await connection.read((received) => received.length >= 2 ? 2 : undefined, { timeoutMs: 1_000 });
 * console.assert(answer.join() === "1,2");
 * ```
 *
 * @throws {LabError} `DriverError`, if the instrument refuses the connection or does not answer in time.
 */
export async function connectTcp(options: ConnectTcpOptions): Promise<ByteConnection> {
  const { hostname, port, maxWaitingBytes, connectEach = false } = options;
  const first = await dial(options);
  const again = () => dial({ ...options, signal: undefined });
  return new ByteConnection(connectEach ? new ConnectEach(first, again) : first, {
    peer: `${hostname}:${port}`,
    maxWaitingBytes,
  });
}

async function dial(
  { hostname, port, signal, timeoutMs = DEFAULT_TIMEOUT_MS }: ConnectTcpOptions,
): Promise<Deno.TcpConn> {
  signal?.throwIfAborted();
  const giveUp = new AbortController();
  // If the signal aborts while it connects, Deno 2.9 throws and leaks the connection. With this, it returns it.
  giveUp.signal.throwIfAborted = () => {};
  const connecting = Deno.connect({ hostname, port, signal: giveUp.signal });
  try {
    const connection = await deadline(connecting, timeoutMs, signal);
    // Without this, a query waits up to 40 ms for the acknowledgement of the one before it.
    connection.setNoDelay(true);
    connection.setKeepAlive(true);
    return connection;
  } catch (error) {
    giveUp.abort(error);
    // The connection may be made after the limit.
    connecting.then((connection) => connection.close(), () => {});
    signal?.throwIfAborted();
    const type = /failed to lookup address/.test(messageOf(error)) ? "HostNotFound" : undefined;
    throw connectionError(`Cannot connect to ${hostname}:${port}`, error, type);
  }
}

/** A connection of its own for each message that is sent, to a peer that closes after each. */
class ConnectEach implements Duplex {
  readonly #dial: () => Promise<Duplex>;
  #current: Duplex | undefined;
  #isFresh = true;
  #isClosed = false;
  #next = Promise.withResolvers<Duplex>();

  constructor(first: Duplex, dial: () => Promise<Duplex>) {
    this.#dial = dial;
    this.#use(first);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const current = await this.#next.promise;
      const count = await current.read(buffer).catch(() => null);
      if (count !== null) return count;
      // The peer has closed it, or the next message has replaced it.
      if (this.#current === current) this.#drop();
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (!this.#isFresh || !this.#current) {
      this.#drop();
      const next = await this.#dial();
      if (this.#isClosed) return next.close(), 0;
      this.#use(next);
    }
    this.#isFresh = false;
    for (let rest = bytes; rest.length;) rest = rest.subarray(await this.#current!.write(rest));
    return bytes.length;
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
    this.#next.reject(new Error("it was closed"));
    this.#next.promise.catch(() => {});
  }

  #use(next: Duplex): void {
    this.#current = next;
    this.#next.resolve(next);
  }

  #drop(): void {
    if (!this.#current) return;
    this.#current.close();
    this.#current = undefined;
    this.#next = Promise.withResolvers<Duplex>();
  }
}
