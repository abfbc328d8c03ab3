import { asLabError, LabError, type LabErrorCode, messageOf } from "../errors.ts";
import { permissionDenied } from "./permission_denied.ts";
import type { WireError } from "./protocol.ts";

/** Whatever a driver threw, under its own name: `TimeoutError` stays `TimeoutError`, a plain `Error` is a `DeviceError`. */
export function driverError(thrown: unknown, context: Record<string, unknown> = {}): LabError {
  if (thrown instanceof LabError) return thrown;
  const denied = permissionDenied(thrown, context);
  if (denied) return denied;
  const name = thrown instanceof Error && thrown.name !== "Error" ? thrown.name : undefined;
  return new LabError("DriverError", messageOf(thrown) || "the driver threw an error without a message", {
    type: name,
    context,
    cause: thrown,
  });
}

/** An error for the pipe. */
export function packError(thrown: unknown): WireError {
  const error = asLabError(thrown, "InternalError");
  return { code: error.code, ...error.toJSON() };
}

/** The error that was packed. */
export function unpackError({ code, message, type, origin, context }: WireError): LabError {
  return new LabError(code as LabErrorCode, message, { type, origin, context });
}
