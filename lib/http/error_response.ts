import { getLogger } from "@logtape/logtape";
import { LabError, type LabErrorCode } from "../errors.ts";

const logger = getLogger(["labdaemon", "http"]);

/** Words to numbers: which status answers which error. */
const STATUS: Record<LabErrorCode, number> = {
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

/** The answer to a request that failed. What is not a `LabError` is a defect of ours: the log has it, the answer does not. */
export function errorResponse(thrown: unknown, headers: Record<string, string> = {}): Response {
  const error = thrown instanceof LabError ? thrown : defect(thrown);
  return Response.json({ error }, { status: STATUS[error.code] ?? 500, headers });
}

function defect(cause: unknown): LabError {
  logger.error("A request failed by a defect of LabDaemon: {cause}", { cause });
  return new LabError("InternalError", "The request failed by a defect of LabDaemon; its log says more", { cause });
}
