import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Access } from "../../access/access.ts";
import type { Session } from "../../access/sessions.ts";
import { LabError } from "../../errors.ts";
import { type SessionInfo, sessionRequestSchema, ticketRequestSchema } from "../../wire/access.ts";
import { requireScope } from "./enforce.ts";
import { cookieName, isOwnPage } from "./identify.ts";
import type { Bodies } from "./token_routes.ts";

/** `/session` and `/tickets`: what a browser has in place of a token. */
export function sessionRoutes(access: Access, bodies: Bodies): Hono {
  const app = new Hono();

  app.get("/session", (c) => c.json(infoOf(c, sessionOf(c, access))));

  app.post("/session", async (c) => {
    const { token } = await bodies.read(c, sessionRequestSchema);
    if (c.req.header("origin") !== undefined && !isOwnPage(c)) {
      throw new LabError("ForbiddenOrigin", "Cannot log in from another page than the daemon's own");
    }
    const first = await access.redeemFirst(token);
    const principal = access.identify(first?.token ?? token);
    c.set("principal", principal);
    if (!access.isRequired) return c.json(infoOf(c, undefined));
    const { id, session } = access.sessions.open(principal);
    setCookie(c, cookieName(c), id, {
      httpOnly: true,
      sameSite: "Strict",
      path: cookiePath(c),
      secure: c.req.url.startsWith("https:") || (c.get("isProxied") && c.req.header("x-forwarded-proto") === "https"),
    });
    return c.json({ ...infoOf(c, session), ...first && { token: first.token } });
  });

  app.delete("/session", (c) => {
    const id = getCookie(c, cookieName(c));
    if (id !== undefined) access.sessions.close(id);
    deleteCookie(c, cookieName(c), { path: cookiePath(c) });
    return c.body(null, 204);
  });

  app.post("/tickets", async (c) => {
    const { path, scope = "read" } = await bodies.read(c, ticketRequestSchema);
    requireScope(c, scope, "the ticket");
    const principal = c.get("principal");
    if (!principal) throw new LabError("Unauthorized", "A token is needed");
    const { ticket, expiresAt } = access.tickets.issue(principal, path, scope);
    return c.json({ ticket, expires_at: expiresAt }, 201);
  });

  return app;
}

/** Where the client reaches the daemon: other programs of a proxy, below other paths, do not get the cookie. */
function cookiePath(c: Context): string {
  const prefix = c.get("prefix");
  const isNamed = c.get("isProxied") && c.req.header("x-forwarded-prefix") !== undefined;
  return isNamed || new URL(c.req.url).pathname.startsWith(`${prefix}/`) ? `${prefix}/` : "/";
}

/** The session of a request, unless a token identifies it. */
function sessionOf(c: Context, access: Access): Session | undefined {
  const id = c.req.header("authorization") === undefined ? getCookie(c, cookieName(c)) : undefined;
  return id === undefined ? undefined : access.sessions.find(id);
}

function infoOf(c: Context, session: Session | undefined): SessionInfo {
  const { name, scope, devices } = c.get("principal")!;
  return {
    ...{ name, scope, devices: devices ? [...devices] : null },
    expires_at: session?.expiresAt ?? null,
    csrf_token: session?.csrf ?? null,
  };
}
