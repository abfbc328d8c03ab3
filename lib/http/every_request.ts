import { requestId as honoRequestId } from "hono/request-id";
import type { Context, Hono, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { Access } from "../access/access.ts";
import { LabError, shortened } from "../errors.ts";
import { ASKED_AT, DAEMON_CLOCK, LEASE, REQUEST_ID, VALID_FOR } from "../wire/headers.ts";
import { recordRefusals } from "./access/audit.ts";
import { refuseOverLimit } from "./access/client_limits.ts";
import type { Peer } from "./access/peer.ts";
import { errorResponse } from "./error_response.ts";
import { forwarded, type ForwardedOptions } from "./forwarded.ts";
import { guard, type GuardOptions } from "./guard.ts";
import { pageFileAt } from "./pages/page_files.ts";
import { requestLog } from "./request_log.ts";

/** A longer id of a client is replaced. */
const MAX_ID_LENGTH = 64;

/** The options of the steps that each request passes. */
export interface EveryRequestOptions extends GuardOptions, ForwardedOptions {
  /**
   * True to make browsers use https from now on, for a year: for a daemon that is reached by https only.
   *
   * @default {false}
   */
  hsts?: boolean;
}

/**
 * The steps of each request before its principal is known: its id, its line in the log, the refusal of foreign hosts
 * and pages, and the headers of its answer. Errors become answers.
 *
 * @param count Counts the requests.
 */
export function everyRequest(
  app: Hono,
  options: EveryRequestOptions,
  access: Access,
  count: MiddlewareHandler<{ Bindings: Peer }>,
): void {
  app.onError((error, c) => errorResponse(c, error));
  app.use(requestId(), count, requestLog(), recordRefusals(access), refuseOverLimit());
  app.use(guard(options, access), forwarded(options));
  app.use(cors({
    origin: (origin) => origin,
    allowMethods: ["GET", "POST", "PUT", "DELETE"],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "Last-Event-ID",
      "Cache-Control",
      "Prefer",
      REQUEST_ID,
      ASKED_AT,
      VALID_FOR,
      LEASE,
    ],
    exposeHeaders: [REQUEST_ID, DAEMON_CLOCK],
    maxAge: 600,
  }));
  app.use(async (c, next) => {
    await next();
    c.res.headers.set("X-Content-Type-Options", "nosniff");
    c.res.headers.set("X-Frame-Options", "SAMEORIGIN");
    // A page of the daemon says to the daemon where it asks from, and to no other server.
    c.res.headers.set("Referrer-Policy", "same-origin");
    if (options.hsts) c.res.headers.set("Strict-Transport-Security", "max-age=31536000");
  });
}

/** The answer to a path, or a method, that the app does not have. */
export function unknownPath(app: Hono, c: Context): Response {
  const { method, path } = c.req;
  const allowed = allowedMethods(app, path);
  if (!allowed.length) {
    const found = "there is no such path; GET / lists them";
    return errorResponse(c, new LabError("NotFound", `Cannot ${method} ${shortened(path, 200)}: ${found}`));
  }
  const error = new LabError(
    "MethodNotAllowed",
    `Cannot ${method} ${shortened(path, 200)}: allowed are ${allowed.join(", ")}`,
  );
  return errorResponse(c, error, { Allow: allowed.join(", ") });
}

/** The methods of the routes at a path. */
function allowedMethods(app: Hono, path: string): string[] {
  const methods = app.routes
    .filter((route) => route.method !== "ALL" && matches(route.path, path))
    .map(({ method }) => method);
  return [...new Set(pageFileAt(path) ? ["GET", ...methods] : methods)];
}

function matches(pattern: string, path: string): boolean {
  const expected = pattern.split("/");
  const found = path.split("/");
  return expected.length === found.length &&
    expected.every((part, i) => part.startsWith(":") ? found[i] !== "" : part === found[i]);
}

/**
 * Gives each request an id, by which the log can be searched: the id of its header, if that consists of letters,
 * digits, `_`, `-` and `=`, else a new one. The answer carries the id.
 */
function requestId(): MiddlewareHandler {
  const identify = honoRequestId({ limitLength: MAX_ID_LENGTH, headerName: REQUEST_ID, generator: newId });
  return async (c, next) => {
    await identify(c, next);
    // A handler that makes its own response does not set it.
    c.res.headers.set(REQUEST_ID, c.get("requestId"));
  };
}

/** Twelve random hexadecimal digits: short enough to read aloud, unique enough for a year's log. */
function newId(): string {
  return crypto.randomUUID().slice(-12);
}
