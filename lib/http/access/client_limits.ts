import type { Context, MiddlewareHandler } from "hono";
import type { Access } from "../../access/access.ts";
import { clientOf } from "../../access/client_address.ts";
import { LabError } from "../../errors.ts";
import type { Peer } from "./peer.ts";

/** The requests of one token in a second, on average. */
const MAX_REQUESTS_PER_SECOND = 500;

/** The requests of one token at once, after a pause. */
const MAX_REQUESTS_AT_ONCE = 1_000;

/** The streams of one token at a time. */
const MAX_STREAMS_OF_TOKEN = 500;

/** The streams of one address at a time, where no token is needed. */
const MAX_STREAMS_OF_ADDRESS = 2_500;

/** The streams of all clients at a time. */
const MAX_STREAMS = 5_000;

/** The tokens that are counted; with one more, the one whose last request is the oldest begins again. */
const MAX_KNOWN = 1_000;

/** The time after which a client without room for a connection may try again. */
const RETRY_CONNECTION_SECONDS = 5;

/**
 * The limits of one client, so that the others have the rest. The limits of a token apply where a token is needed, the
 * limits of an address elsewhere.
 */
export interface ClientLimits {
  /** @default {500} */
  requestsPerSecond?: number;
  /** @default {1_000} */
  requestsAtOnce?: number;
  /** @default {500} */
  streamsOfToken?: number;
  /** @default {2_500} */
  streamsOfAddress?: number;
  /** @default {5_000} */
  streams?: number;
}

/** Refuses the requests of a connection for which there is no room. */
export function refuseOverLimit(): MiddlewareHandler<{ Bindings: Peer }> {
  return async (c, next) => {
    const { refusal } = c.env ?? {};
    if (refusal === "client") {
      throw tooMany(c, "this address has all of its connections in use; close one", RETRY_CONNECTION_SECONDS);
    }
    if (refusal === "daemon") {
      throw new LabError("Unavailable", "Cannot answer: all connections of the daemon are in use; try again");
    }
    await next();
  };
}

/** Refuses the requests of a token that come too fast. */
export function limitRequests(
  access: Access,
  { requestsPerSecond = MAX_REQUESTS_PER_SECOND, requestsAtOnce = MAX_REQUESTS_AT_ONCE }: ClientLimits = {},
): MiddlewareHandler {
  /** The requests that each token has left, and the time of the last one, in the order of these times. */
  const known = new Map<string, { left: number; atMs: number }>();
  return async (c, next) => {
    const name = c.get("principal")?.name;
    if (!access.isRequired || name === undefined) return await next();
    const atMs = performance.now();
    const { left, atMs: before } = known.get(name) ?? { left: requestsAtOnce, atMs };
    const now = Math.min(requestsAtOnce, left + (atMs - before) / 1000 * requestsPerSecond);
    known.delete(name);
    if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value!);
    known.set(name, { left: Math.max(0, now - 1), atMs });
    if (now >= 1) return await next();
    const found = `"${name}" sends more than ${requestsPerSecond} requests a second`;
    throw tooMany(c, found, (1 - now) / requestsPerSecond);
  };
}

/** Counts the open streams. */
export class OpenStreams {
  readonly #access: Access;
  readonly #limits: Required<Pick<ClientLimits, "streams" | "streamsOfToken" | "streamsOfAddress">>;
  /** By the name of the token, or by the address. */
  readonly #ofClient = new Map<string, number>();
  #all = 0;

  constructor(
    access: Access,
    {
      streams = MAX_STREAMS,
      streamsOfToken = MAX_STREAMS_OF_TOKEN,
      streamsOfAddress = MAX_STREAMS_OF_ADDRESS,
    }: ClientLimits = {},
  ) {
    this.#access = access;
    this.#limits = { streams, streamsOfToken, streamsOfAddress };
  }

  /**
   * Counts a stream until the returned function is called.
   *
   * @throws {LabError} `TooManyRequests` beyond the limit of the client, `Unavailable` beyond that of the daemon.
   */
  enter(c: Context<{ Bindings: Peer }>): () => void {
    const { streams } = this.#limits;
    if (this.#all >= streams) {
      throw new LabError(
        "Unavailable",
        `Cannot open a stream: ${streams} are open, the limit; close one, and try again`,
      );
    }
    const client = this.#clientOf(c);
    const own = client ? this.#ofClient.get(client.name) ?? 0 : 0;
    if (client && own >= client.limit) {
      throw tooMany(c, `${client.name} has ${own} streams open, the limit; close one`, 1);
    }
    this.#all++;
    if (client) this.#ofClient.set(client.name, own + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#all--;
      if (client) this.#leave(client.name);
    };
  }

  /** The client that opens a stream; `undefined` where the client is unknown, as behind a proxy. */
  #clientOf(c: Context<{ Bindings: Peer }>): { name: string; limit: number } | undefined {
    const { streamsOfToken, streamsOfAddress } = this.#limits;
    if (this.#access.isRequired) {
      const principal = c.get("principal");
      return principal && { name: `"${principal.name}"`, limit: streamsOfToken };
    }
    const address = c.get("isProxied") ? undefined : c.env?.remoteAddr?.hostname;
    return address === undefined ? undefined : { name: clientOf(address), limit: streamsOfAddress };
  }

  #leave(name: string): void {
    const left = this.#ofClient.get(name)! - 1;
    if (left > 0) this.#ofClient.set(name, left);
    else this.#ofClient.delete(name);
  }
}

function tooMany({ req }: Context, found: string, seconds: number): LabError {
  const retry_after = Math.max(1, Math.ceil(seconds));
  return new LabError("TooManyRequests", `Cannot ${req.method} ${req.path}: ${found}; try again in ${retry_after} s`, {
    context: { retry_after },
  });
}
