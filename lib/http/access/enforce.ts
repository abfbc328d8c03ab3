import type { Context, Hono, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Access } from "../../access/access.ts";
import type { Principal } from "../../access/principal.ts";
import type { CommandOrigin } from "../../device/commands.ts";
import { LabError, shortened } from "../../errors.ts";
import type { Scope } from "../../wire/access.ts";
import { identify } from "./identify.ts";
import { accessOf, actionOf, type RouteAccess } from "./route_table.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** The principal of the request. Missing on public routes. */
    principal: Principal | undefined;
    /** The route that answers, if the principal may use it. Missing for an unknown path. */
    used: RouteUse | undefined;
  }
}

/**
 * Identifies the principal of each request, and refuses the request without the right to it, before anything else
 * happens.
 */
export function enforce(access: Access): MiddlewareHandler {
  return async (c, next) => {
    const routes = routesOf(c);
    if (routes.length > 0 && routes.every(({ access }) => access.scope === "public")) {
      c.set("used", routes.at(-1));
      return await next();
    }
    const principal = identify(c, access);
    c.set("principal", principal);
    for (const { access: { scope, devices }, deviceId } of routes) {
      if (scope !== "public") requireScope(c, scope);
      if (devices === "path") requireDevice(c, deviceId!);
      if (devices === "all" && !principal.seesAll) {
        throw forbidden(c, `it is for tokens of all devices, and ${quoted(principal)} is for some`);
      }
    }
    c.set("used", routes.at(-1));
    await next();
  };
}

/** @throws {Error} for a route of the app whose access, or whose need for a lease, is not declared. */
export function assertDeclared({ routes }: Pick<Hono, "routes">): void {
  const missing = routes.filter(({ method, path }) => {
    const access = accessOf(method, path);
    return method !== "ALL" && (!access || (method !== "GET" && !access.lease));
  });
  if (missing.length === 0) return;
  const names = missing.map(({ method, path }) => `${method} ${path}`).join(", ");
  throw new Error(`Cannot start: lib/http/access/route_table.ts has no entry for ${names}`);
}

/** @throws {LabError} `Forbidden` if the principal's scope does not include `scope`. */
export function requireScope(c: Context, scope: Scope, what = "it"): void {
  const principal = c.get("principal");
  if (principal?.allows(scope)) return;
  throw forbidden(c, `${what} needs the scope ${scope}, and ${quoted(principal)} has ${principal?.scope ?? "none"}`);
}

/** @throws {LabError} `Forbidden` for a device that the principal has no right to. */
export function requireDevice(c: Context, deviceId: string): void {
  const principal = c.get("principal");
  if (principal?.sees(deviceId)) return;
  const devices = principal?.devices?.join(", ") ?? "none";
  throw forbidden(c, `${quoted(principal)} is for the devices ${shortened(devices, 200)}`);
}

/** True if the principal may see a device. */
export function seesDevice(c: Context, deviceId: string): boolean {
  return c.get("principal")?.sees(deviceId) ?? false;
}

/** The principal and the request, as commands to devices carry them. */
export function originOf(c: Context): CommandOrigin {
  return { by: c.get("principal")?.name ?? "unknown", requestId: c.get("requestId"), fence: c.get("fence") };
}

/** True if the principal may start a device. */
export function mayControl(c: Context): boolean {
  return c.get("principal")?.allows("control") ?? false;
}

/** Calls `end` when the right of the principal ends. Returns the function that stops waiting for that. */
export function onRightEnded(c: Context, end: () => void): () => void {
  const ended = c.get("principal")?.ended;
  if (ended?.aborted) end();
  ended?.addEventListener("abort", end, { once: true });
  return () => ended?.removeEventListener("abort", end);
}

function forbidden({ req }: Context, why: string): LabError {
  return new LabError("Forbidden", `Cannot ${req.method} ${shortened(req.path, 200)}: ${why}`);
}

function quoted(principal: Principal | undefined): string {
  return principal ? `"${principal.name}"` : "the request";
}

/** A route that answers a request. */
interface RouteUse {
  access: RouteAccess;
  /** `POST /devices/{device_id}/call` */
  action: string;
  /** The device in the path. */
  deviceId: string | undefined;
  /** The method or the property in the path. */
  name: string | undefined;
}

/** The routes that answer a request, and the device in its path. */
export function routesOf(c: Context): RouteUse[] {
  const { req } = c;
  const index = req.routeIndex;
  try {
    return matchedRoutes(c).flatMap(({ method, path }, i) => {
      if (method === "ALL") return [];
      // The path's parameters as the handler gets them, decoded by the same code.
      req.routeIndex = i;
      const access = accessOf(method, path);
      if (!access) return [];
      const name = req.param("name") ?? req.param("method");
      return [{ access, action: actionOf(method, path), deviceId: req.param("device_id"), name }];
    });
  } finally {
    req.routeIndex = index;
  }
}
