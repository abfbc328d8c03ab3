import { getLogger } from "@logtape/logtape";
import { delay, Notifier } from "../../async/mod.ts";
import { messageOf } from "../../errors.ts";
import type { Peer } from "../../http/access/peer.ts";
import type { Connections } from "./connections.ts";
import type { Server } from "./listener.ts";

/** The time from a connection that could not be accepted to the next try. */
const RETRY_MS = 100;

/** So many failures in a row end the listener. */
const MAX_FAILURES = 50;

/** Connections without room that are answered at a time; others are closed at once. */
const MAX_REFUSED = 64;

/** The time that a connection without room has for its request and the answer. */
const REFUSAL_MS = 5_000;

/** Handshakes of TLS may take this part of the connections, besides those that are open: a half. */
const HANDSHAKE_PART = 2;

/** The failures to accept a connection that its client has reset: they say nothing about the next one. */
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
  /** Closes it, whatever it does. */
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
}

/** A server that accepts its connections itself, as far as there is room for them. */
export class CappedServer implements Server {
  readonly addr: Server["addr"];
  readonly finished: Promise<void>;
  readonly #options: CappedServerOptions;
  readonly #served = new Set<Served>();
  #refused = 0;
  /** TLS handshakes that have not ended. */
  #handshakes = 0;
  /** Notified when one has, and when the server is closed. */
  readonly #room = new Notifier();
  #isClosed = false;

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
    this.#room.notify();
  }

  /** Resolves when the listener is closed, and its port free. Rejects if it accepts nothing more. */
  async #acceptAll(): Promise<void> {
    const { listener, connections } = this.#options;
    for (let failures = 0; !this.#isClosed;) {
      // A connection whose TLS handshake has not ended cannot be closed: Deno keeps it until the client does.
      if (this.#handshakes * HANDSHAKE_PART >= connections.limits.all) {
        await this.#room.next();
        continue;
      }
      let accepted: Deno.TcpConn | Deno.TlsConn;
      try {
        accepted = await listener.accept();
        failures = 0;
      } catch (error) {
        if (this.#isClosed) return;
        if (GONE.some((type) => error instanceof type)) continue;
        // No descriptor is left.
        connections.makeRoom();
        if (++failures < MAX_FAILURES) await delay(RETRY_MS);
        else {
          this.#close();
          throw error;
        }
        continue;
      }
      if ("handshake" in accepted) this.#shakeHands(accepted);
      else this.#admit(accepted);
    }
  }

  async #shakeHands(accepted: Deno.TlsConn): Promise<void> {
    this.#handshakes++;
    const isDone = await accepted.handshake().then(() => true, () => false);
    this.#handshakes--;
    this.#room.notify();
    if (isDone) this.#admit(accepted);
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
      // Events are small, and each goes out at once.
      if ("setNoDelay" in accepted) accepted.setNoDelay();
      server = this.#options.serve(accepted, aborted.signal, handler, onError, () => {});
    } catch (error) {
      logger.debug("a connection was not served: {error}", { error: messageOf(error) });
      closeIfOpen(accepted);
      // After the caller knows that it is not served.
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
