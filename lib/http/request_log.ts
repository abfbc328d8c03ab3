import { getLogger, type LogLevel } from "@logtape/logtape";
import type { Context, MiddlewareHandler } from "hono";
import { LabError, shortened } from "../errors.ts";

const logger = getLogger(["labdaemon", "http"]);

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

/** What the sender did wrong is his: of that, the log has no more than the type. */
function errorOf({ error, res }: Context): Record<string, unknown> {
  if (!(error instanceof LabError)) return {};
  const { type, message, origin, cause } = error;
  if (res.status < 500) return { error_type: type };
  return { error_type: type, error: message, origin, ...error.code === "InternalError" && { cause } };
}

function failureOf(c: Context): string {
  const { error_type: type, error } = errorOf(c);
  if (!type) return "";
  return error ? " {error_type} ({error})" : " {error_type}";
}
