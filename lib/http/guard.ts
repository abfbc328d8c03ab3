import type { MiddlewareHandler } from "hono";
import { LabError } from "../errors.ts";

/** The hosts and pages that may use the daemon. */
export interface GuardOptions {
  /** The address that the daemon is bound to. */
  host: string;
  /** Origins whose pages may use the daemon, besides its own and those of this machine. */
  allowedOrigins?: readonly string[];
  /** Host headers that are answered, besides loopback and the bound address; with or without a port. Lower case. */
  allowedHosts?: readonly string[];
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const WILDCARDS = ["0.0.0.0", "::", "[::]"];
const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/**
 * Refuses requests of foreign web pages before anything happens. A browser names the page's origin in the Origin header or,
 * without one, marks the request in Sec-Fetch-Site; a page whose own name resolves to this machine (DNS rebinding) is
 * recognised by the Host header. Programs that are no pages send neither and pass.
 */
export function guard({ host, allowedOrigins = [], allowedHosts = [] }: GuardOptions): MiddlewareHandler {
  const bound = host.toLowerCase();
  const isOurs = (asked: string) => {
    const name = asked.replace(/:\d+$/, "");
    return LOOPBACK.test(name) || name === bound || name === `[${bound}]` ||
      (WILDCARDS.includes(host) && IP_ADDRESS.test(name)) ||
      allowedHosts.includes(asked) || allowedHosts.includes(name);
  };
  const isAllowed = (origin: string, asked: string) => {
    const url = URL.parse(origin);
    return url?.origin === origin &&
      (url.host === asked || LOOPBACK.test(url.hostname) || allowedOrigins.includes(origin));
  };

  return async (c, next) => {
    const asked = (c.req.header("host") ?? new URL(c.req.url).host).toLowerCase();
    if (!isOurs(asked)) {
      throw new LabError(
        "ForbiddenOrigin",
        `Cannot answer as host "${asked}": it is not this daemon's; add it to allowed_hosts in the bench file`,
      );
    }
    const origin = c.req.header("origin");
    if (origin !== undefined && !isAllowed(origin, asked)) {
      throw new LabError(
        "ForbiddenOrigin",
        `Cannot answer a page of ${origin}: it is not allowed; add it to allowed_origins in the bench file`,
      );
    }
    // A link on another site may lead to a page of this daemon; that site can load nothing else.
    const isForeign = origin === undefined && c.req.header("sec-fetch-site") === "cross-site";
    const isLink = c.req.header("sec-fetch-dest") === "document" && !/^\/(devices|drivers|stream)\b/.test(c.req.path);
    if (isForeign && !isLink) {
      throw new LabError("ForbiddenOrigin", "Cannot answer an element of a page of another site");
    }
    await next();
  };
}
