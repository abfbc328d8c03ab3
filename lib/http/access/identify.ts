import type { Context } from "hono";
import type { Access } from "../../access/access.ts";
import type { Principal } from "../../access/principal.ts";
import { LabError } from "../../errors.ts";
import { CSRF_TOKEN } from "../../wire/headers.ts";
import type { Peer } from "./peer.ts";
import { hostOf, readSessionCookie, schemeOf } from "./session_cookie.ts";

const READS = ["GET", "HEAD"];

/**
 * The principal of a request: by a token, by a ticket, or by a session.
 *
 * @throws {LabError} `Unauthorized`; `ForbiddenOrigin` for a session that is used by another page than the daemon's own.
 */
export function identify(c: Context, access: Access): Principal {
  const known = (c.env as Peer | undefined)?.principal;
  if (known) return known;
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) {
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    return access.identify(token);
  }
  const ticket = ticketOf(c);
  if (ticket !== undefined && access.isRequired) {
    const principal = READS.includes(c.req.method) ? access.tickets.take(ticket, c.req.path) : undefined;
    if (principal) return principal;
    throw new LabError("Unauthorized", "The ticket is void: it was used, it is for another path, or 30 s are over");
  }
  return bySession(c, access) ?? access.identify(undefined);
}

function bySession(c: Context, access: Access): Principal | undefined {
  const id = readSessionCookie(c);
  const session = id === undefined ? undefined : access.sessions.find(id);
  if (!session) return undefined;
  // For the record, if it is refused.
  c.set("claimed", session.principal.name);
  if (!isOwnPage(c)) {
    throw new LabError("ForbiddenOrigin", "A session is for the daemon's own pages; send a token instead");
  }
  if (!READS.includes(c.req.method) && c.req.header(CSRF_TOKEN) !== session.csrf) {
    throw new LabError(
      "ForbiddenOrigin",
      `A command of a session needs its ${CSRF_TOKEN} header, as GET /session answers it`,
    );
  }
  return session.principal;
}

/**
 * True for a request of a page of exactly this daemon, scheme and port included, or of a person who typed its address. Where a
 * browser says neither, as on plain http, the Referer must be the daemon's.
 */
export function isOwnPage(c: Context): boolean {
  const { req } = c;
  const origin = req.header("origin");
  if (origin !== undefined) return isOwnAddress(c, origin);
  const site = req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin" || (site === "none" && READS.includes(req.method));
  return isOwnAddress(c, req.header("referer") ?? "");
}

function isOwnAddress(c: Context, address: string): boolean {
  const url = URL.parse(address);
  const scheme = schemeOf(c);
  return url !== null && url.host === hostOf(c) && (scheme === undefined || url.protocol === `${scheme}:`);
}

function ticketOf({ req }: Context): string | undefined {
  const start = req.url.indexOf("?");
  if (start < 0 || !/^\/stream(\/|$)/.test(req.path)) return undefined;
  return new URLSearchParams(req.url.slice(start + 1)).get("ticket") ?? undefined;
}
