import { LabError, messageOf } from "../../errors.ts";
import { hostError } from "../wire_error.ts";
import { placed } from "./driver_place.ts";
import { deniedAtImport, permissionDenied } from "./permission_denied.ts";

/** The errors of the language. Their messages seldom name a subject, so the place in the driver's file is added. */
const LANGUAGE_ERRORS = new Set<unknown>([EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]);

/**
 * Anything that a driver threw, as a `LabError` under its own name: `TimeoutError` stays `TimeoutError`, a plain
 * `Error` becomes a `DeviceError`. `at` is the place in the driver's own files.
 */
export function driverError(thrown: unknown, context: { device_id?: string; at?: string } = {}): LabError {
  const denied = thrown instanceof LabError ? deniedAtImport(thrown) : permissionDenied(thrown, context);
  if (denied) return denied;
  if (thrown instanceof LabError) {
    const error = hostError(thrown, context);
    if (error === thrown) Object.assign(thrown.context, { ...context, ...thrown.context });
    return error;
  }
  if (thrown instanceof RangeError && thrown.message === "Array buffer allocation failed") {
    const message = `The driver has no memory left: ${thrown.message}`;
    return new LabError("DriverError", message, { type: "OutOfMemory", context, cause: thrown });
  }
  const type = thrown instanceof Error && thrown.name !== "Error" ? thrown.name : undefined;
  const text = messageOf(thrown) || "the driver threw an error without a message";
  const isLanguageError = thrown instanceof Error && LANGUAGE_ERRORS.has(thrown.constructor);
  const message = isLanguageError ? placed(text, context.at) : text;
  return new LabError("DriverError", message, { type, context, cause: thrown });
}
