import { getLogger } from "@logtape/logtape";
import { clientOf } from "../../../access/client_address.ts";

/** A connection must begin a request within this time after it was opened: the time for the request's head. */
const HEAD_LIMIT_MS = 30_000;

/** A connection between two requests is closed after this time: longer than proxies and browsers keep one idle. */
const IDLE_LIMIT_MS = 180_000;

/** The time between two looks at the idle connections. */
const SWEEP_MS = 1_000;

/** The shortest time between two equal lines in the log. */
const LOG_MS = 60_000;

/** The connections of all clients at a time. */
const MAX_CONNECTIONS = 10_000;

/** The file descriptors for each connection: driver processes and files have what connections do not take. */
const DESCRIPTORS_PER_CONNECTION = 2;

/** The number of clients that can have all connections together. */
const MIN_CLIENTS = 2;

const logger = getLogger(["labdaemon", "http"]);

/** The greatest numbers of connections. */
export interface ConnectionLimits {
  /** The limit of all clients together. */
  all: number;
  /** The limit of one client. */
  ofClient: number;
}

/** The limits for a process that may have so many file descriptors open, or that does not know how many. */
export function limitsFor(descriptors = Infinity): ConnectionLimits {
  const all = Math.min(MAX_CONNECTIONS, Math.floor(descriptors / DESCRIPTORS_PER_CONNECTION));
  return { all, ofClient: Math.floor(all / MIN_CLIENTS) };
}

/** The reason why there is no room for a connection: its client, or all clients together, are at the limit. */
export type FullReason = "client" | "daemon";

/** The connections of one client. */
interface Client {
  readonly name: string;
  readonly isProxy: boolean;
  count: number;
  readonly idle: IdleConnections;
}

/** Connections without a request. */
class IdleConnections {
  /** The connections without a request so far, the oldest first. */
  readonly #fresh = new Set<ClientConnection>();
  /** The idle connections that have answered a request, the one idle longest first. */
  readonly #used = new Set<ClientConnection>();

  /** The connection to close for a new one. Connections that never had a request go first. */
  get first(): ClientConnection | undefined {
    const [first] = this.#fresh.size > 0 ? this.#fresh : this.#used;
    return first;
  }

  add(connection: ClientConnection, isUsed: boolean): void {
    (isUsed ? this.#used : this.#fresh).add(connection);
  }

  delete(connection: ClientConnection): void {
    this.#fresh.delete(connection);
    this.#used.delete(connection);
  }

  overdue(): ClientConnection[] {
    return [...this.#fresh, ...this.#used].filter(({ isOverdue }) => isOverdue);
  }
}

/** One open connection. It is idle before its first request and between requests. */
export class ClientConnection {
  readonly #idle: readonly IdleConnections[];
  readonly #close: () => void;
  #requests = 0;
  #isUsed = false;
  #idleSinceMs = 0;

  /** @param idle The lists that contain the connection while it is idle. */
  constructor(idle: readonly IdleConnections[], close: () => void) {
    this.#idle = idle;
    this.#close = close;
    this.#becomeIdle();
  }

  /** True if it has been idle for longer than it may be. */
  get isOverdue(): boolean {
    return performance.now() - this.#idleSinceMs > (this.#isUsed ? IDLE_LIMIT_MS : HEAD_LIMIT_MS);
  }

  /** A request of it has arrived. */
  begin(): void {
    if (this.#requests++ === 0) this.leave();
  }

  /** Ends a request of the connection, once it is answered. */
  end(): void {
    this.#isUsed = true;
    if (--this.#requests === 0) this.#becomeIdle();
  }

  /** Closes the connection. */
  close(): void {
    this.#close();
  }

  /** Ends the idle time of the connection. */
  leave(): void {
    for (const idle of this.#idle) idle.delete(this);
  }

  #becomeIdle(): void {
    this.#idleSinceMs = performance.now();
    for (const idle of this.#idle) idle.add(this, this.#isUsed);
  }
}

/**
 * The open connections. At the limit of a client or of the daemon, an idle connection is closed for a new one: first those that
 * never sent a request, then the one that has been idle longest. A connection with a request, such as a stream, stays.
 */
export class Connections {
  readonly limits: ConnectionLimits;
  readonly #isProxy: (address: string) => boolean;
  readonly #clients = new Map<string, Client>();
  readonly #idle = new IdleConnections();
  readonly #release = new Map<ClientConnection, () => void>();
  readonly #timer = setInterval(() => this.#sweep(), SWEEP_MS);
  #loggedMs = -Infinity;

  /** @param isProxy True for an address that has the connections of many clients. */
  constructor(limits: ConnectionLimits, isProxy: (address: string) => boolean = () => false) {
    this.limits = limits;
    this.#isProxy = isProxy;
  }

  /** The number of open connections. */
  get count(): number {
    return this.#release.size;
  }

  /** The number of connections of the client that has most; trusted proxies have those of many clients. */
  get countOfClient(): number {
    return [...this.#clients.values()].reduce((max, { isProxy, count }) => isProxy ? max : Math.max(max, count), 0);
  }

  /**
   * Counts a new connection, until {@linkcode closed} is called for it. Returns the reason if there is no room.
   *
   * @param close Closes it.
   */
  open(address: string, close: () => void): ClientConnection | FullReason {
    const name = clientOf(address);
    const isProxy = this.#isProxy(address);
    const client = this.#clients.get(name) ?? { name, isProxy, count: 0, idle: new IdleConnections() };
    const isFull = client.count >= this.limits.ofClient && !isProxy;
    if (isFull && !this.#closeOldest(client.idle)) return "client";
    if (this.count >= this.limits.all && !this.#closeOldest(this.#idle)) return "daemon";
    const connection = new ClientConnection([this.#idle, client.idle], close);
    client.count++;
    this.#clients.set(name, client);
    this.#release.set(connection, () => {
      if (--client.count === 0) this.#clients.delete(client.name);
    });
    return connection;
  }

  /** A connection is closed. */
  closed(connection: ClientConnection): void {
    connection.leave();
    this.#release.get(connection)?.();
    this.#release.delete(connection);
  }

  /** Closes an idle connection, so that its descriptor is free. */
  makeRoom(): void {
    this.#closeOldest(this.#idle);
  }

  /** Ends the looks at idle connections. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Closes the first of these idle connections. Returns false if there is none. */
  #closeOldest(idle: IdleConnections): boolean {
    const { first } = idle;
    if (!first) return false;
    const { all, ofClient } = this.limits;
    if (performance.now() - this.#loggedMs > LOG_MS) {
      this.#loggedMs = performance.now();
      logger.warn("idle connections are closed: a client has {ofClient}, or all have {all}, the limit", {
        all,
        ofClient,
      });
    }
    this.#end(first);
    return true;
  }

  #sweep(): void {
    for (const connection of this.#idle.overdue()) this.#end(connection);
  }

  /** Stops counting the connection, though the system closes it a moment later. */
  #end(connection: ClientConnection): void {
    this.closed(connection);
    connection.close();
  }
}
