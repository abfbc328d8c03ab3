import { type Context, Hono } from "hono";
import type { Access } from "../../access/access.ts";
import type { Session } from "../../access/sessions.ts";
import { LabError } from "../../errors.ts";
import { type SessionInfo, sessionRequestSchema, ticketRequestSchema } from "../../wire/access.ts";
import { requireScope } from "./enforce.ts";
import { isOwnPage } from "./identify.ts";
import { deleteSessionCookie, readSessionCookie, setSessionCookie } from "./session_cookie.ts";
import type { Bodies } from "./token_routes.ts";

/** `/session` and `/tickets`: what a browser has in place of a token. */
export function sessionRoutes(access: Access, bodies: Bodies): Hono {
  const app = new Hono();

  app.get("/session", (c) => c.json(infoOf(c, sessionOf(c, access))));

  app.post("/session", async (c) => {
    if (c.req.header("origin") !== undefined && !isOwnPage(c)) {
      throw new LabError("ForbiddenOrigin", "Cannot log in from another page than the daemon's own");
    }
    const { token } = await bodies.read(c, sessionRequestSchema);
    const first = await access.redeemFirst(token);
    const principal = access.identify(first?.token ?? token);
    c.set("principal", principal);
    if (!access.isRequired) return c.json(infoOf(c, undefined));
    const { id, session } = access.sessions.open(principal);
    setSessionCookie(c, id);
    return c.json({ ...infoOf(c, session), ...first && { token: first.token } });
  });

  app.delete("/session", (c) => {
    const id = readSessionCookie(c);
    if (id !== undefined) access.sessions.close(id);
    deleteSessionCookie(c);
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

/** The session of a request, unless a token identifies it. */
function sessionOf(c: Context, access: Access): Session | undefined {
  const id = c.req.header("authorization") === undefined ? readSessionCookie(c) : undefined;
  return id === undefined ? undefined : access.sessions.find(id);
}

function infoOf(c: Context, session: Session | undefined): SessionInfo {
  const { name, scope, devices } = c.get("principal")!;
  return {
    ...{ name, scope, devices: devices ? [...devices] : null },
    expires_at: session?.expiresAt ?? null,
    csrf_token: session?.csrf ?? null,
    logout_url: session?.logoutUrl ?? null,
  };
}
