import { getLogger, type LogLevel } from "@logtape/logtape";
import type { Context, MiddlewareHandler } from "hono";
import { LabError, shortened } from "../errors.ts";
import { READS } from "./request/validity.ts";

const logger = getLogger(["labdaemon", "http"]);

/** A message quotes the request. */
const MAX_MESSAGE_LENGTH = 500;

/**
 * Logs each request when it is answered: failures of the daemon and of drivers as errors, commands as info, reads as debug.
 * The line has neither query nor body.
 */
export function requestLog(): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now();
    await next();
    const level = levelOf(c);
    if (!logger.isEnabledFor(level)) return;
    const { method } = c.req;
    logger[level](`{method} {path}: {status}${failureOf(c)} in {ms} ms`, {
      method,
      path: shortened(c.req.path, 200),
      status: c.res.status,
      ms: Math.round((performance.now() - start) * 10) / 10,
      request_id: c.get("requestId"),
      ...errorOf(c),
    });
  };
}

function levelOf({ req, res }: Context): LogLevel & keyof typeof logger & ("debug" | "info" | "error") {
  if (res.status >= 500) return "error";
  return READS.includes(req.method) ? "debug" : "info";
}

function errorOf({ error }: Context): Record<string, unknown> {
  if (!(error instanceof LabError)) return {};
  const { type, message, origin, cause } = error;
  return {
    error_type: type,
    error: shortened(message, MAX_MESSAGE_LENGTH),
    origin,
    ...error.code === "InternalError" && { cause },
  };
}

function failureOf(c: Context): string {
  return errorOf(c).error_type ? " {error_type} ({error})" : "";
}
