import { getLogger, type LogLevel } from "@logtape/logtape";
import type { Context, MiddlewareHandler } from "hono";
import { LabError, shortened } from "../errors.ts";

const logger = getLogger(["labdaemon", "http"]);

/** A message quotes what was sent. */
const LONGEST_MESSAGE = 500;

const READS = ["GET", "HEAD", "OPTIONS"];

/**
 * Writes a line for each request when it is answered: what failed here or in a driver as an error, what was to change
 * something as info, what only reads for debugging. Neither query nor body is in it.
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
    error: shortened(message, LONGEST_MESSAGE),
    origin,
    ...error.code === "InternalError" && { cause },
  };
}

function failureOf(c: Context): string {
  return errorOf(c).error_type ? " {error_type} ({error})" : "";
}
