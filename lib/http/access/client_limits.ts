import type { Context, MiddlewareHandler } from "hono";
import type { Access } from "../../access/access.ts";
import { LabError } from "../../errors.ts";

/** The requests of one token in a second, on average. */
const MAX_REQUESTS_PER_SECOND = 500;

/** The requests of one token at once, after a pause. */
const MAX_REQUESTS_AT_ONCE = 1_000;

/** The streams of one token at a time. */
const MAX_STREAMS_OF_TOKEN = 500;

/** The streams of all clients at a time. */
const MAX_STREAMS = 5_000;

/** Idle tokens that are remembered. */
const MAX_KNOWN = 1_000;

/** The limits of one client, so that the others have the rest. Those of a token hold where one is needed. */
export interface ClientLimits {
  /** @default {500} */
  requestsPerSecond?: number;
  /** @default {1_000} */
  requestsAtOnce?: number;
  /** @default {500} */
  streamsOfToken?: number;
  /** @default {5_000} */
  streams?: number;
}

/** Refuses the requests of a token that come too fast. */
export function limitRequests(
  access: Access,
  { requestsPerSecond = MAX_REQUESTS_PER_SECOND, requestsAtOnce = MAX_REQUESTS_AT_ONCE }: ClientLimits = {},
): MiddlewareHandler {
  /** The requests that each token may still send at once, and the time of its last one. */
  const known = new Map<string, { left: number; atMs: number }>();
  return async (c, next) => {
    const name = c.get("principal")?.name;
    if (!access.isRequired || name === undefined) return await next();
    const atMs = performance.now();
    const { left, atMs: before } = known.get(name) ?? { left: requestsAtOnce, atMs };
    const now = Math.min(requestsAtOnce, left + (atMs - before) / 1000 * requestsPerSecond);
    if (known.size >= MAX_KNOWN && !known.has(name)) known.clear();
    known.set(name, { left: Math.max(0, now - 1), atMs });
    if (now >= 1) return await next();
    const found = `"${name}" sends more than ${requestsPerSecond} requests a second`;
    throw tooMany(c, found, (1 - now) / requestsPerSecond);
  };
}

/** Counts the open streams. */
export class StreamCounts {
  readonly #access: Access;
  readonly #limits: Required<Pick<ClientLimits, "streams" | "streamsOfToken">>;
  readonly #ofToken = new Map<string, number>();
  #all = 0;

  constructor(
    access: Access,
    { streams = MAX_STREAMS, streamsOfToken = MAX_STREAMS_OF_TOKEN }: ClientLimits = {},
  ) {
    this.#access = access;
    this.#limits = { streams, streamsOfToken };
  }

  /**
   * Counts a stream until the returned function is called.
   *
   * @throws {LabError} `TooManyRequests` beyond the limit of the token, `Unavailable` beyond that of the daemon.
   */
  enter(c: Context): () => void {
    const { streams, streamsOfToken } = this.#limits;
    if (this.#all >= streams) {
      throw new LabError(
        "Unavailable",
        `Cannot open a stream: ${streams} are open, the limit; close one, and try again`,
      );
    }
    const name = this.#access.isRequired ? c.get("principal")?.name : undefined;
    const own = name === undefined ? 0 : this.#ofToken.get(name) ?? 0;
    if (own >= streamsOfToken) throw tooMany(c, `"${name}" has ${own} streams open, the limit; close one`, 1);
    this.#all++;
    if (name !== undefined) this.#ofToken.set(name, own + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#all--;
      if (name !== undefined) this.#leave(name);
    };
  }

  #leave(name: string): void {
    const left = this.#ofToken.get(name)! - 1;
    if (left > 0) this.#ofToken.set(name, left);
    else this.#ofToken.delete(name);
  }
}

function tooMany({ req }: Context, found: string, seconds: number): LabError {
  const retry_after = Math.max(1, Math.ceil(seconds));
  return new LabError("TooManyRequests", `Cannot ${req.method} ${req.path}: ${found}; try again in ${retry_after} s`, {
    context: { retry_after },
  });
}
