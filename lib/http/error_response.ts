import type { Context } from "hono";
import { LabError } from "../errors.ts";
import { ERRORS } from "../wire/error_codes.ts";

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
  return Response.json({ error: { ...report, context } }, { status: ERRORS[error.code]?.status ?? 500, headers });
}

function defect(cause: unknown): LabError {
  return new LabError("InternalError", "The request failed by a defect of LabDaemon; its log says more", { cause });
}
