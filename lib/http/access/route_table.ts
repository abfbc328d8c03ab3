import type { Scope } from "../../wire/access.ts";

/** The rights that a route needs. */
export interface RouteAccess {
  /** The least scope; `public` for a route that needs no token. */
  scope: Scope | "public";
  /**
   * The devices of the token: `path`, the device in the path must be one of them; `own`, the route shows and touches only
   * these; `all`, the token must be for all devices; `none`, the route has to do with no device.
   */
  devices: "path" | "own" | "all" | "none";
  /**
   * For a route that is no GET, its relation to leases: `path`, it commands the device in the path, and needs its lease
   * if there is one; `handler`, its handler determines the commanded devices, and asks for their leases; `free`, it
   * commands no device, or makes devices safe.
   */
  lease?: "path" | "handler" | "free";
}

const is = (
  scope: RouteAccess["scope"],
  devices: RouteAccess["devices"] = "none",
  lease?: RouteAccess["lease"],
): RouteAccess => ({ scope, devices, lease });

/**
 * The rights that each route needs. An app does not start if one of its routes is missing here, or if a route that is
 * no GET does not declare its relation to leases. A path that ends with `*` stands for all paths below it.
 */
export const ROUTE_TABLE: Readonly<Record<string, RouteAccess>> = {
  // Pages and their files: they have nothing of the bench.
  "GET /": is("public"),
  "GET /docs": is("public"),
  "GET /help": is("public"),
  "GET /help/*": is("public"),
  "GET /assets/*": is("public"),
  "GET /web/*": is("public"),
  "GET /lib/*": is("public"),
  "GET /examples/*": is("public"),
  "GET /health": is("public"),
  "GET /livez": is("public"),
  "GET /readyz": is("public"),

  "GET /openapi.json": is("read", "own"),
  "GET /drivers": is("read"),
  "GET /metrics": is("read", "all"),
  "GET /devices": is("read", "own"),
  "POST /devices": is("admin", "own", "free"),
  "GET /devices/{device_id}": is("read", "path"),
  "DELETE /devices/{device_id}": is("admin", "path", "path"),
  // It commands no instrument.
  "POST /devices/{device_id}/keep": is("admin", "path", "free"),
  "POST /devices/{device_id}/connect": is("control", "path", "path"),
  "POST /devices/{device_id}/disconnect": is("control", "path", "path"),
  "POST /devices/{device_id}/disable": is("control", "path", "path"),
  "POST /devices/{device_id}/enable": is("control", "path", "path"),
  "GET /devices/{device_id}/methods": is("read", "path"),
  "POST /devices/{device_id}/call": is("control", "path", "path"),
  "POST /devices/{device_id}/methods/{method}": is("control", "path", "path"),
  "POST /devices/{device_id}/safe": is("control", "path", "free"),
  "POST /devices/{device_id}/stream/start": is("control", "path", "path"),
  "POST /devices/{device_id}/stream/stop": is("control", "path", "path"),
  "GET /devices/{device_id}/history": is("read", "path"),
  "GET /devices/{device_id}/error": is("read", "path"),
  "GET /devices/{device_id}/log": is("read", "path"),
  "DELETE /devices/{device_id}/error": is("control", "path", "path"),
  "GET /devices/{device_id}/properties": is("read", "path"),
  "GET /devices/{device_id}/properties/{name}": is("read", "path"),
  "PUT /devices/{device_id}/properties/{name}": is("control", "path", "path"),
  "GET /devices/{device_id}/alarms": is("read", "path"),
  // It commands no instrument.
  "POST /devices/{device_id}/alarms/{name}/acknowledge": is("control", "path", "free"),
  "GET /alarms": is("read", "own"),
  "POST /safe": is("control", "own", "free"),
  "GET /snapshot": is("read", "own"),
  "POST /restore": is("control", "own", "handler"),
  "GET /calls": is("read", "own"),
  "GET /calls/{call_id}": is("read", "own"),
  "DELETE /calls/{call_id}": is("control", "own", "handler"),
  // With options, and to start a device, a stream needs `control`.
  "GET /stream": is("read", "own"),
  "GET /stream/devices/{device_id}": is("read", "path"),

  "GET /leases": is("read", "own"),
  "POST /leases": is("control", "own", "free"),
  "PUT /leases/{lease_id}": is("control", "own", "free"),
  "DELETE /leases/{lease_id}": is("control", "own", "free"),
  "GET /leases/{lease_id}/connection": is("control", "own"),
  "POST /leases/{lease_id}/break": is("admin", "own", "free"),

  "GET /task-types": is("read"),
  "GET /tasks": is("read", "own"),
  // A task commands devices by a lease of its own, which it takes before it begins.
  "POST /tasks": is("control", "own", "free"),
  "GET /tasks/{task_id}": is("read", "own"),
  "GET /tasks/{task_id}/data": is("read", "own"),
  "GET /tasks/{task_id}/error": is("read", "own"),
  "DELETE /tasks/{task_id}/error": is("control", "own", "free"),
  "POST /tasks/{task_id}/cancel": is("control", "own", "free"),
  "POST /tasks/{task_id}/pause": is("control", "own", "free"),
  "POST /tasks/{task_id}/resume": is("control", "own", "free"),
  "POST /tasks/{task_id}/answer": is("control", "own", "free"),
  "GET /tasks/{task_id}/parameters": is("read", "own"),
  "POST /tasks/{task_id}/parameters": is("control", "own", "free"),
  // What pages show: they command nothing, and have no data of devices.
  "GET /layouts": is("read"),
  "GET /layouts/{name}": is("read"),
  "PUT /layouts/{name}": is("control", "none", "free"),
  "DELETE /layouts/{name}": is("control", "none", "free"),

  "GET /recordings": is("read", "own"),
  "POST /recordings": is("control", "own", "handler"),
  "GET /recordings/{recording_id}": is("read", "own"),
  "DELETE /recordings/{recording_id}": is("admin", "own", "free"),
  "POST /recordings/{recording_id}/stop": is("control", "own", "free"),
  "POST /recordings/{recording_id}/notes": is("control", "own", "free"),
  "GET /recordings/{recording_id}/data": is("read", "own"),

  // Who opens a session sends the token in the body.
  "POST /session": is("public", "none", "free"),
  // A browser on its way to log in, and back.
  "GET /session/providers": is("public"),
  "GET /session/oidc": is("public"),
  "GET /session/oidc/callback": is("public"),
  "GET /session": is("read"),
  "DELETE /session": is("read", "none", "free"),
  "POST /tickets": is("read", "none", "free"),
  "GET /audit": is("admin", "all"),

  "GET /tokens": is("admin", "all"),
  "POST /tokens": is("admin", "all", "free"),
  "DELETE /tokens/{name}": is("admin", "all", "free"),
  "POST /tokens/{name}/rotate": is("admin", "all", "free"),
};

/** The rights that the routes of a view of a hub need. */
const VIEW_ROUTES: Readonly<Record<string, RouteAccess>> = { "GET /benches": is("read", "own") };

/**
 * The rights that a route needs, by its method and its path as Hono writes it: `/devices/:device_id`. `undefined` for a
 * route that is missing here.
 */
export function accessOf(method: string, path: string): RouteAccess | undefined {
  const route = actionOf(method, path);
  for (const table of [ROUTE_TABLE, VIEW_ROUTES]) if (Object.hasOwn(table, route)) return table[route];
  return folders.find(([folder]) => route.startsWith(folder))?.[1];
}

/** A method and a path as Hono writes it, as one text: `GET /devices/{device_id}`. */
export function actionOf(method: string, path: string): string {
  return `${method} ${path.replace(/:(\w+)/g, "{$1}")}`;
}

const folders = Object.entries(ROUTE_TABLE).filter(([route]) => route.endsWith("*"))
  .map(([route, access]) => [route.slice(0, -1), access] as const);
