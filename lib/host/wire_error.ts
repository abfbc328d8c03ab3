import { asLabError, LabError, type LabErrorCode } from "../errors.ts";
import type { ErrorReport } from "../wire/error_report.ts";
import { encodeJson } from "../stream/encode.ts";

/** An error as the protocol carries it: with its code, by which the daemon treats it. */
export type WireError = ErrorReport & { code: string };

/**
 * The codes that a host may use. All others are the daemon's: from a driver, they become a `DriverError` of that type.
 */
const HOST_CODES = new Set<string>(
  [
    "InvalidRequest",
    "MethodNotFound",
    "DeviceNotConnected",
    "DeviceTimeout",
    "DriverError",
    "InternalError",
  ] satisfies LabErrorCode[],
);

/** Packs anything that was thrown for the protocol. */
export function packError(thrown: unknown): WireError {
  const error = asLabError(thrown, "InternalError");
  return JSON.parse(encodeJson({ code: error.code, ...error.toJSON() }));
}

/** The error that {@linkcode packError} packed. */
export function unpackError({ code, message, type, origin, context }: WireError): LabError {
  return hostError(new LabError(code as LabErrorCode, message, { type, origin, context }), context);
}

/** The error itself if a host may use its code, else a `DriverError` with the code as its type. */
export function hostError(error: LabError, context: Record<string, unknown>): LabError {
  if (HOST_CODES.has(error.code)) return error;
  return new LabError("DriverError", error.message, { type: error.code, context });
}
