import { requestId as honoRequestId } from "hono/request-id";
import type { MiddlewareHandler } from "hono";
import { REQUEST_ID } from "../wire/headers.ts";

/** A client's own id is taken over up to this length. */
const LONGEST_ID = 64;

/**
 * Gives each request an id, by which it is found in the log: that of its header, if it is made of letters, digits, `_`,
 * `-` and `=`, else a new one. The answer carries it.
 */
export function requestId(): MiddlewareHandler {
  const identify = honoRequestId({ limitLength: LONGEST_ID, headerName: REQUEST_ID, generator: newId });
  return async (c, next) => {
    await identify(c, next);
    // Handlers that answer with a response of their own know nothing of it.
    c.res.headers.set(REQUEST_ID, c.get("requestId"));
  };
}

/** Twelve random hexadecimal digits: short enough to be read out, and long enough for a year's log. */
function newId(): string {
  return crypto.randomUUID().slice(-12);
}
