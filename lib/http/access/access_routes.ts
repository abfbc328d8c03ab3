import { Hono } from "hono";
import type { Access } from "../../access/access.ts";
import { auditRoutes } from "./audit.ts";
import { oidcRoutes } from "./oidc_routes.ts";
import { sessionRoutes } from "./session_routes.ts";
import { type Bodies, tokenRoutes } from "./token_routes.ts";

/** The routes of rights and their use: tokens, sessions, log-ins by a provider, the record of commands. */
export function accessRoutes(access: Access, bodies: Bodies): Hono {
  return new Hono()
    .route("/tokens", tokenRoutes(access.tokens, bodies))
    .route("/", sessionRoutes(access, bodies))
    .route("/", oidcRoutes(access))
    .route("/audit", auditRoutes(access));
}
