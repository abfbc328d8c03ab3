import { delay, Notifier } from "../../async/mod.ts";
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
    await this.finished;
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
      try {
        this.#take(await listener.accept());
        failures = 0;
      } catch (error) {
        if (this.#isClosed) return;
        // No descriptor is left.
        connections.makeRoom();
        if (++failures < MAX_FAILURES) await delay(RETRY_MS);
        else {
          this.#close();
          throw error;
        }
      }
    }
  }

  #take(accepted: Deno.TcpConn | Deno.TlsConn): void {
    if ("handshake" in accepted) {
      this.#handshakes++;
      accepted.handshake().then(() => this.#admit(accepted), () => accepted.close()).finally(() => {
        this.#handshakes--;
        this.#room.notify();
      });
    } else {
      // Events are small, and each goes out at once.
      accepted.setNoDelay();
      this.#admit(accepted);
    }
  }

  #admit(accepted: Deno.TcpConn | Deno.TlsConn): void {
    if (this.#isClosed) return accepted.close();
    const { connections, answer } = this.#options;
    const { hostname } = accepted.remoteAddr;
    const connection = connections.open(hostname, () => served.abort());
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
      const end = () => void served.shutdown();
      completed.then(end, end);
      return this.#options.answer(request, { remoteAddr, refusal });
    }, () => {
      clearTimeout(timer);
      this.#refused--;
    });
    const timer = setTimeout(served.abort, REFUSAL_MS);
  }

  #serve(
    accepted: Deno.TcpConn | Deno.TlsConn,
    handler: Parameters<ServeConnection>[2],
    closed: () => void,
  ): Served {
    const aborted = new AbortController();
    // The app answers its errors itself.
    const onError = () => new Response(null, { status: 500 });
    const server = this.#options.serve(accepted, aborted.signal, handler, onError, () => {});
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
