import { requestId as honoRequestId } from "hono/request-id";
import type { MiddlewareHandler } from "hono";
import { REQUEST_ID } from "../wire/headers.ts";

/** A longer id of a client is replaced. */
const MAX_ID_LENGTH = 64;

/**
 * Gives each request an id, by which it is found in the log: that of its header, if it is made of letters, digits, `_`,
 * `-` and `=`, else a new one. The answer carries it.
 */
export function requestId(): MiddlewareHandler {
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
