import type { Context } from "hono";
import { LabError } from "../errors.ts";
import { ERRORS } from "../wire/error_codes.ts";

/** The time after which a client may ask again for what the daemon had no room for. */
const RETRY_AFTER_SECONDS = 5;

/**
 * The answer to a request that failed. It has the request's id, by which the log has more. Anything but a `LabError` is a
 * defect, and only the log has its message.
 */
export function errorResponse(c: Context, thrown: unknown, headers?: Record<string, string>): Response {
  const error = withoutNames(c, thrown instanceof LabError ? thrown : defect(thrown));
  if (error.code === "PropertyReadOnly") headers = { Allow: "GET" };
  if (error.code === "Unauthorized") headers = { "WWW-Authenticate": "Bearer" };
  if (error.code === "TooManyRequests") headers = { "Retry-After": String(error.context.retry_after) };
  if (error.code === "Unavailable") headers = { "Retry-After": String(RETRY_AFTER_SECONDS) };
  // For the request's line in the log.
  c.error = error;
  const report = error.toJSON();
  const context = { ...report.context, request_id: c.get("requestId") };
  return Response.json({ error: { ...report, context } }, { status: ERRORS[error.code]?.status ?? 500, headers });
}

/** The error without the names of other devices, for a principal that may not see all devices. */
function withoutNames(c: Context, error: LabError): LabError {
  if (error.code !== "DeviceNotFound" || (c.get("principal")?.seesAll ?? true)) return error;
  const { device_id } = error.context;
  return new LabError(error.code, `Cannot find device ${JSON.stringify(device_id)}`, { context: { device_id } });
}

function defect(cause: unknown): LabError {
  return new LabError("InternalError", "The request failed by a defect of LabDaemon; its log says more", { cause });
}
