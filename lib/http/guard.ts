import type { Context, MiddlewareHandler } from "hono";
import { LabError, shortened } from "../errors.ts";
import { isLoopback } from "../format/host_text.ts";
import { unknownHostPage } from "./unknown_host_page.ts";

/** The hosts and pages that may use the daemon. */
export interface GuardOptions {
  /** The address that the daemon is bound to. */
  host: string;
  /**
   * Origins whose pages may use the daemon, besides the daemon's own and, while no token is needed, those of this
   * machine.
   */
  allowedOrigins?: readonly string[];
  /** Host headers that are answered, besides loopback and the bound address; with or without a port. Lower case. */
  allowedHosts?: readonly string[];
  /**
   * True to refuse a request without a Host header, as a server on a socket must.
   *
   * @default {false}
   */
  requiresHost?: boolean;
}

declare module "hono" {
  interface ContextVariableMap {
    /** True for a browser that does not say which page asks: its streams start no device. */
    isUnknownPage: boolean;
  }
}

const WILDCARDS = ["0.0.0.0", "::", "[::]"];
const IP_ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/**
 * Refuses requests of foreign web pages before anything happens. A browser names the page's origin in the Origin header or,
 * without one, marks the request in Sec-Fetch-Site; a page whose own name resolves to this machine (DNS rebinding) is
 * recognised by the Host header. Programs that are no pages send neither and pass.
 *
 * @param access Where a token is needed, pages of other servers of this machine are foreign, too: other users may run them.
 */
export function guard(
  { host, allowedOrigins = [], allowedHosts = [], requiresHost }: GuardOptions,
  access: { readonly isRequired: boolean },
): MiddlewareHandler {
  const bound = host.toLowerCase();
  const isOurs = (asked: string) => {
    if (!URL.canParse(`http://${asked}`)) return false;
    const name = asked.replace(/:\d+$/, "");
    return isLoopback(name) || name === bound || name === `[${bound}]` ||
      (WILDCARDS.includes(host) && IP_ADDRESS.test(name)) ||
      allowedHosts.includes(asked) || allowedHosts.includes(name);
  };
  const isAllowed = (origin: string, asked: string) => {
    const url = URL.parse(origin);
    return url?.origin === origin &&
      (url.host === asked || (!access.isRequired && isLoopback(url.hostname)) || allowedOrigins.includes(origin));
  };

  return async (c, next) => {
    const named = c.req.header("host");
    if (requiresHost && !named) {
      throw new LabError(
        "InvalidRequest",
        "Cannot answer a request without a Host header: it names the daemon's address",
      );
    }
    const asked = (named ?? new URL(c.req.url).host).toLowerCase();
    if (!isOurs(asked)) {
      const error = new LabError(
        "ForbiddenOrigin",
        `Cannot answer as host "${
          shortened(asked)
        }": it is not this daemon's; add it to allowed_hosts in the bench file`,
      );
      if (c.req.method !== "GET" || !c.req.header("accept")?.includes("text/html")) throw error;
      // For the request's line in the log.
      c.error = error;
      return await unknownHostPage(shortened(asked));
    }
    const origin = c.req.header("origin");
    if (origin !== undefined && !isAllowed(origin, asked)) {
      throw new LabError(
        "ForbiddenOrigin",
        `Cannot answer a page of ${shortened(origin)}: it is not allowed; add it to allowed_origins in the bench file`,
      );
    }
    if (origin === undefined) checkPage(c, (page) => isAllowed(page, asked));
    await next();
  };
}

/**
 * Refuses an element of a foreign page: an image or a script sends no Origin. A browser marks it in Sec-Fetch-Site where the
 * daemon's address is trustworthy (loopback, https), and elsewhere most often in the Referer. A link may lead to a page of
 * this daemon, and to nothing else.
 */
function checkPage(c: Context, isAllowed: (page: string) => boolean): void {
  const site = c.req.header("sec-fetch-site");
  const referrer = URL.parse(c.req.header("referer") ?? "")?.origin;
  const isForeign = site === undefined
    ? referrer !== undefined && !isAllowed(referrer)
    : !["same-origin", "none"].includes(site);
  const isNavigation = site === undefined
    ? c.req.header("accept")?.includes("text/html")
    : c.req.header("sec-fetch-dest") === "document";
  const isLink = isNavigation && c.req.method === "GET" && !/^\/(devices|drivers|stream)\b/.test(c.req.path);
  if (isForeign && !isLink) {
    throw new LabError("ForbiddenOrigin", "Cannot answer an element of a page of another site");
  }
  const isBrowser = c.req.header("user-agent")?.startsWith("Mozilla/") ?? false;
  c.set("isUnknownPage", isBrowser && site === undefined && referrer === undefined);
}
