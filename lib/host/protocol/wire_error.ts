import { asLabError, LabError, type LabErrorCode } from "../../errors.ts";
import type { ErrorReport } from "../../wire/error_report.ts";
import { boundedContext, cutText, MAX_ERROR_MESSAGE_CHARS, MAX_ERROR_TYPE_CHARS } from "./error_bounds.ts";

/** An error as the protocol carries it: with the code that decides its treatment by the daemon. */
export type WireError = ErrorReport & { code: string };

/**
 * The codes that a host may use. All others are the daemon's: from a driver, they become a `DriverError` of that type.
 */
const HOST_CODES = new Set<string>(
  [
    "InvalidRequest",
    "MethodNotFound",
    "PropertyNotFound",
    "DeviceNotConnected",
    "DeviceTimeout",
    "CommandExpired",
    "CallCancelled",
    "NoSafeState",
    "LeaseEnded",
    "DriverError",
    "InternalError",
  ] satisfies LabErrorCode[],
);

/** Packs anything that was thrown for the protocol. */
export function packError(thrown: unknown): WireError {
  const error = asLabError(thrown, "InternalError");
  const { type, message, origin, failure_source, timestamp, context } = error.toJSON();
  return {
    code: error.code,
    ...boundedTexts(type, message),
    origin,
    ...failure_source && { failure_source },
    timestamp,
    context: boundedContext(context),
  };
}

/** The error that {@linkcode packError} packed. A driver may send an error of its own: the bounds apply here too. */
export function unpackError(error: WireError): LabError {
  const { code, origin } = error;
  const { type, message } = boundedTexts(error.type, error.message);
  const context = boundedContext(error.context);
  return hostError(new LabError(code as LabErrorCode, message, { type, origin, context }), context);
}

/** The error itself if a host may use its code, else a `DriverError` with the code as its type. */
export function hostError(error: LabError, context: Record<string, unknown>): LabError {
  if (HOST_CODES.has(error.code)) return error;
  return new LabError("DriverError", error.message, { type: cutText(error.code, MAX_ERROR_TYPE_CHARS), context });
}

function boundedTexts(type: unknown, message: unknown) {
  return {
    type: cutText(String(type), MAX_ERROR_TYPE_CHARS),
    message: cutText(String(message), MAX_ERROR_MESSAGE_CHARS),
  };
}
