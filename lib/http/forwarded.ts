import type { MiddlewareHandler } from "hono";
import { isIP } from "node:net";
import { addressList } from "../access/client_address.ts";
import type { Peer } from "./access/peer.ts";

/** The place of the daemon behind a proxy. */
export interface ForwardedOptions {
  /**
   * The path below which browsers reach the daemon, such as `/lab`: it begins with a slash and does not end with one. A
   * proxy may pass it on or remove it.
   *
   * @default {""}
   */
  basePath?: string;
  /** The trusted proxies: addresses, and networks such as `10.0.0.0/8`. */
  trustedProxies?: readonly string[];
}

declare module "hono" {
  interface ContextVariableMap {
    /** The path below which the client reaches the daemon: empty, or as in {@linkcode ForwardedOptions.basePath}. */
    prefix: string;
    /** True if the request came through a trusted proxy: its headers `X-Forwarded-…` are true. */
    isProxied: boolean;
    /** The address of the client; that of the proxy, if it does not name the client. */
    clientAddress: string | undefined;
  }
}

const PREFIX = /^(\/[\w.~-]+)+$/;

/** The path of a request below the base path; other paths as they are, since a proxy may have removed it. */
export function pathBelow(basePath: string, pathname: string): string {
  if (basePath === "" || !`${pathname}/`.startsWith(`${basePath}/`)) return pathname;
  return pathname.slice(basePath.length) || "/";
}

/**
 * Notes the path below which the client reaches the daemon. The page of `/lab` is moved to `/lab/`: its files are found from
 * there.
 */
export function forwarded(
  { basePath = "", trustedProxies = [] }: ForwardedOptions,
): MiddlewareHandler<{ Bindings: Peer }> {
  const isTrusted = addressList(trustedProxies);
  return async (c, next) => {
    const peer = c.env?.remoteAddr?.hostname;
    const isProxied = isTrusted(peer);
    const named = isProxied ? c.req.header("x-forwarded-prefix")?.replace(/\/$/, "") : undefined;
    c.set("isProxied", isProxied);
    c.set("clientAddress", isProxied ? clientIn(c.req.header("x-forwarded-for"), isTrusted) ?? peer : peer);
    c.set("prefix", named !== undefined && PREFIX.test(named) ? named : basePath);
    const { pathname, search } = new URL(c.req.url);
    if (basePath !== "" && pathname === basePath && c.req.method === "GET") {
      return c.redirect(`${basePath}/${search}`, 308);
    }
    await next();
  };
}

/** The last address that is not a trusted proxy's own: the client may have written the addresses before it. */
function clientIn(header: string | undefined, isTrusted: (address: string) => boolean): string | undefined {
  const addresses = header?.split(",").map((text) => text.trim()) ?? [];
  const client = addresses.findLast((address) => !isTrusted(address));
  return client !== undefined && isIP(client) !== 0 ? client : undefined;
}
