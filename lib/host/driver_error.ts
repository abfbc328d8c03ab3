import { placed } from "./runtime/driver_place.ts";
import { asLabError, LabError, type LabErrorCode, messageOf } from "../errors.ts";
import { deniedAtImport, permissionDenied } from "./runtime/permission_denied.ts";
import { encodeJson } from "../stream/encode.ts";
import type { WireError } from "./protocol.ts";

/** What a host itself may say. All other codes are the daemon's, and a driver that uses one is only a driver that failed. */
const HOSTS_CODES = new Set<string>(
  [
    "InvalidRequest",
    "MethodNotFound",
    "DeviceNotConnected",
    "DeviceTimeout",
    "DriverError",
    "InternalError",
  ] satisfies LabErrorCode[],
);

function rewrapped({ message, code }: LabError, context: Record<string, unknown>): LabError {
  return new LabError("DriverError", message, { type: code, context });
}

/** The language's own errors: their words seldom say what they are about, so the message says where. */
const LANGUAGES_OWN = new Set<unknown>([EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]);

/**
 * Whatever a driver threw, under its own name: `TimeoutError` stays `TimeoutError`, a plain `Error` is a `DeviceError`.
 * `at` is where in the driver's own files it came about.
 */
export function driverError(thrown: unknown, context: { device_id?: string; at?: string } = {}): LabError {
  const denied = thrown instanceof LabError ? deniedAtImport(thrown) : permissionDenied(thrown, context);
  if (denied) return denied;
  if (thrown instanceof LabError) {
    if (!HOSTS_CODES.has(thrown.code)) return rewrapped(thrown, context);
    Object.assign(thrown.context, { ...context, ...thrown.context });
    return thrown;
  }
  if (thrown instanceof RangeError && thrown.message === "Array buffer allocation failed") {
    const message = `The driver has no memory left: ${thrown.message}`;
    return new LabError("DriverError", message, { type: "OutOfMemory", context, cause: thrown });
  }
  const name = thrown instanceof Error && thrown.name !== "Error" ? thrown.name : undefined;
  const message = messageOf(thrown) || "the driver threw an error without a message";
  const isLanguages = thrown instanceof Error && LANGUAGES_OWN.has(thrown.constructor);
  return new LabError("DriverError", isLanguages ? placed(message, context.at) : message, {
    type: name,
    context,
    cause: thrown,
  });
}

/** An error for the pipe. */
export function packError(thrown: unknown): WireError {
  const error = asLabError(thrown, "InternalError");
  return JSON.parse(encodeJson({ code: error.code, ...error.toJSON() }));
}

/** The error that was packed. */
export function unpackError({ code, message, type, origin, context }: WireError): LabError {
  const error = new LabError(code as LabErrorCode, message, { type, origin, context });
  return HOSTS_CODES.has(code) ? error : rewrapped(error, context);
}
