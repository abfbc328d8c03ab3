import type { Context } from "hono";
import { LabError, type LabErrorCode } from "../errors.ts";

/** Words to numbers: which status answers which error. */
export const STATUS: Record<LabErrorCode, number> = {
  InvalidRequest: 400,
  ForbiddenOrigin: 403,
  DeviceNotFound: 404,
  DeviceTypeNotFound: 404,
  MethodNotFound: 404,
  NoError: 404,
  NotFound: 404,
  MethodNotAllowed: 405,
  DeviceExists: 409,
  DeviceInUse: 409,
  DeviceNotConnected: 409,
  DeviceDisabled: 409,
  NotStreamable: 409,
  BodyTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  DriverError: 502,
  DeviceFaulted: 503,
  DeviceTimeout: 504,
};

/**
 * The answer to a request that failed. It names the request, so that more can be found in the log: of what is not a
 * `LabError`, a defect of ours, only the log says what it was.
 */
export function errorResponse(c: Context, thrown: unknown, headers: Record<string, string> = {}): Response {
  const error = thrown instanceof LabError ? thrown : defect(thrown);
  // The request's line in the log tells it.
  c.error = error;
  const report = error.toJSON();
  const context = { ...report.context, request_id: c.get("requestId") };
  return Response.json({ error: { ...report, context } }, { status: STATUS[error.code] ?? 500, headers });
}

function defect(cause: unknown): LabError {
  return new LabError("InternalError", "The request failed by a defect of LabDaemon; its log says more", { cause });
}
