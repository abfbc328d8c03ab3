import { getLogger } from "@logtape/logtape";
import { delay } from "../../../async/mod.ts";
import { messageOf } from "../../../errors.ts";
import type { Peer } from "../../../http/access/peer.ts";
import type { Connections } from "./connections.ts";
import type { Handshakes } from "./handshakes.ts";
import type { Server } from "./listener.ts";

/** The time from a connection that could not be accepted to the next try. */
const RETRY_MS = 100;

/** The number of failures in a row that ends the listener. */
const MAX_FAILURES = 50;

/** Connections without room that are answered at a time; others are closed at once. */
const MAX_REFUSED = 64;

/** The time that a connection without room has for its request and the answer. */
const REFUSAL_MS = 5_000;

/** The shortest time between two equal lines in the log. */
const LOG_MS = 60_000;

/** The errors of accepting a connection that its client has reset. They mean nothing for the next connection. */
const GONE = [Deno.errors.NotConnected, Deno.errors.ConnectionAborted, Deno.errors.ConnectionReset];

const logger = getLogger(["labdaemon", "http"]);

/** Answers one request. */
type Answer = (request: Request, peer: Peer) => Response | Promise<Response>;

/** One request, as the runtime describes it. */
interface RequestInfo {
  readonly remoteAddr: Deno.NetAddr;
  /** Settles when the answer has ended. */
  readonly completed: Promise<void>;
}

/** The runtime's server of one connection. */
type ServeConnection = (
  connection: Deno.Conn,
  signal: AbortSignal,
  handler: (request: Request, info: RequestInfo) => Response | Promise<Response>,
  onError: () => Response,
  onListen: () => void,
) => { finished: Promise<void>; shutdown(): Promise<void> };

/** A connection that is served. */
interface Served {
  shutdown(): Promise<void>;
  /** Closes the connection at once, also during a request. */
  abort(): void;
}

/**
 * The runtime's own server for one connection that is accepted elsewhere; `undefined` where the runtime has none. It is not
 * part of Deno's documented interface: docs/decisions/limits-of-connections.md has the reasons.
 */
export function connectionServer(): ServeConnection | undefined {
  const internals: unknown = Reflect.get(Deno, Reflect.get(Deno, "internal"));
  const serve: unknown = (internals as Record<string, unknown> | undefined)?.serveHttpOnConnection;
  return typeof serve === "function" ? serve as ServeConnection : undefined;
}

/** The parts of a {@linkcode CappedServer}. */
export interface CappedServerOptions {
  listener: Deno.Listener<Deno.TcpConn | Deno.TlsConn>;
  connections: Connections;
  serve: ServeConnection;
  answer: Answer;
  /** Present if the listener encrypts. */
  handshakes?: Handshakes;
  /** Resolves to true if a driver has opened the connection; `undefined` if that is impossible, so that none waits. */
  isOfDriver: (peer: Deno.NetAddr) => Promise<boolean> | undefined;
}

/** A server that accepts its connections itself, and only while there is room for them. */
export class CappedServer implements Server {
  readonly addr: Server["addr"];
  readonly finished: Promise<void>;
  readonly #options: CappedServerOptions;
  readonly #served = new Set<Served>();
  #refused = 0;
  #isClosed = false;
  #loggedMs = -Infinity;

  constructor(options: CappedServerOptions) {
    this.#options = options;
    this.addr = options.listener.addr as Deno.NetAddr;
    this.finished = this.#acceptAll();
    this.finished.catch(() => {});
  }

  async shutdown(): Promise<void> {
    this.#close();
    await this.finished.catch(() => {});
    await Promise.all([...this.#served].map((served) => served.shutdown()));
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.listener.close();
    this.#options.handshakes?.close();
  }

  /** Resolves when the listener is closed and its port free. Rejects when the listener accepts no more connections. */
  async #acceptAll(): Promise<void> {
    const { listener, connections, handshakes } = this.#options;
    for (let failures = 0; !this.#isClosed;) {
      await handshakes?.room();
      if (this.#isClosed) return;
      let accepted: Deno.TcpConn | Deno.TlsConn;
      try {
        accepted = await listener.accept();
        failures = 0;
      } catch (error) {
        if (this.#isClosed) return;
        if (GONE.some((type) => error instanceof type)) continue;
        // Most likely, no file descriptor is left.
        connections.makeRoom();
        if (++failures < MAX_FAILURES) await delay(RETRY_MS);
        else {
          this.#close();
          throw error;
        }
        continue;
      }
      const isOfDriver = this.#options.isOfDriver(accepted.remoteAddr as Deno.NetAddr);
      if (handshakes || isOfDriver) this.#examine(accepted, isOfDriver);
      else this.#admit(accepted);
    }
  }

  /** Admits a connection after its handshake, unless it is a driver's. */
  async #examine(accepted: Deno.TcpConn | Deno.TlsConn, isOfDriver: Promise<boolean> | undefined): Promise<void> {
    const isDone = !("handshake" in accepted) || await this.#options.handshakes!.shake(accepted);
    const isRefused = await isOfDriver;
    if (isRefused && performance.now() - this.#loggedMs > LOG_MS) {
      this.#loggedMs = performance.now();
      logger.warn("a driver's process has tried to reach the daemon, and was refused");
    }
    if (isDone && !isRefused) this.#admit(accepted);
    else accepted.close();
  }

  #admit(accepted: Deno.TcpConn | Deno.TlsConn): void {
    const { connections, answer } = this.#options;
    const connection = connections.open(accepted.remoteAddr.hostname, () => served?.abort());
    if (typeof connection === "string") return this.#refuse(accepted, connection);
    const end = () => connection.end();
    const served = this.#serve(accepted, (request, info) => {
      connection.begin();
      info.completed.then(end, end);
      return answer(request, info);
    }, () => connections.closed(connection));
  }

  /** Answers one request with the reason, and closes. */
  #refuse(accepted: Deno.TcpConn | Deno.TlsConn, refusal: Peer["refusal"]): void {
    if (this.#refused >= MAX_REFUSED) return accepted.close();
    this.#refused++;
    const served = this.#serve(accepted, (request, { remoteAddr, completed }) => {
      const end = () => void served?.shutdown();
      completed.then(end, end);
      return this.#options.answer(request, { remoteAddr, refusal });
    }, () => {
      clearTimeout(timer);
      this.#refused--;
    });
    const timer = setTimeout(() => served?.abort(), REFUSAL_MS);
  }

  /** Serves a connection; `undefined` for one that its client has reset meanwhile. */
  #serve(
    accepted: Deno.TcpConn | Deno.TlsConn,
    handler: Parameters<ServeConnection>[2],
    closed: () => void,
  ): Served | undefined {
    const aborted = new AbortController();
    // The app answers its errors itself.
    const onError = () => new Response(null, { status: 500 });
    let server: ReturnType<ServeConnection>;
    try {
      // Small events must not wait for more data.
      if ("setNoDelay" in accepted) accepted.setNoDelay();
      server = this.#options.serve(accepted, aborted.signal, handler, onError, () => {});
    } catch (error) {
      logger.debug("a connection was not served: {error}", { error: messageOf(error) });
      closeIfOpen(accepted);
      // Later: the caller must have the result of this call first.
      queueMicrotask(closed);
      return undefined;
    }
    const served = { shutdown: () => server.shutdown().catch(() => {}), abort: () => aborted.abort() };
    this.#served.add(served);
    const over = () => {
      this.#served.delete(served);
      closed();
    };
    server.finished.then(over, over);
    return served;
  }
}

/** Closes a connection, unless the runtime has taken it over. */
function closeIfOpen(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
