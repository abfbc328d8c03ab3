import { LabError, messageOf } from "../../errors.ts";
import { boundedContext, cutText, MAX_ERROR_MESSAGE_CHARS, MAX_ERROR_TYPE_CHARS } from "../protocol/error_bounds.ts";
import { hostError } from "../protocol/wire_error.ts";
import type { DeviceIdentity } from "../protocol/protocol.ts";
import { placed } from "./driver_file/driver_place.ts";
import { deniedAtImport, permissionDenied } from "./permission_denied.ts";

/** The errors of the language. Their messages seldom name a subject, so the place in the driver's file is added. */
const LANGUAGE_ERRORS = new Set<unknown>([EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]);

/**
 * Anything that a driver threw, as a `LabError` under its own name: `TimeoutError` stays `TimeoutError`, a plain
 * `Error` becomes a `DeviceError`. `at` is the place in the driver's own files.
 */
export function driverError(
  thrown: unknown,
  context: ErrorContext = {},
  grant?: DeviceIdentity["grant"],
  permissionsPlace?: string,
): LabError {
  try {
    return readError(thrown, context, grant, permissionsPlace);
  } catch {
    // A proxy or a getter that throws.
    return new LabError("DriverError", "the driver threw an object that cannot be read", { context });
  }
}

/** The device, and the place in the driver's own files. */
type ErrorContext = { device_id?: string; at?: string };

function readError(
  thrown: unknown,
  context: ErrorContext,
  grant: DeviceIdentity["grant"],
  place: string | undefined,
): LabError {
  const denied = thrown instanceof LabError ? deniedAtImport(thrown) : permissionDenied(thrown, context, grant, place);
  if (denied) return denied;
  if (thrown instanceof LabError) return hostError(boundedError(thrown, context), context);
  if (thrown instanceof RangeError && thrown.message === "Array buffer allocation failed") {
    const message = `The driver has no memory left: ${thrown.message}`;
    return new LabError("DriverError", message, { type: "OutOfMemory", context, cause: thrown });
  }
  const name = thrown instanceof Error ? nameOf(thrown) : "Error";
  const type = name && name !== "Error" ? cutText(name, MAX_ERROR_TYPE_CHARS) : undefined;
  const text = cutText(withCauses(thrown) || "the driver threw an error without a message", MAX_ERROR_MESSAGE_CHARS);
  const isLanguageError = thrown instanceof Error && LANGUAGE_ERRORS.has(thrown.constructor);
  const message = isLanguageError ? placed(text, context.at) : text;
  return new LabError("DriverError", message, { type, context, cause: thrown });
}

/** The error with bounds, and with the context of the device. An error within the bounds stays the same object. */
function boundedError(error: LabError, context: Record<string, unknown>): LabError {
  const { code, origin } = error;
  const type = cutText(String(error.type), MAX_ERROR_TYPE_CHARS);
  const message = cutText(String(error.message), MAX_ERROR_MESSAGE_CHARS);
  const bounded = boundedContext({ ...context, ...error.context });
  if (type !== error.type || message !== error.message) {
    return new LabError(code, message, { type, origin, context: bounded, cause: error.cause });
  }
  for (const key of Object.keys(error.context)) delete error.context[key];
  Object.assign(error.context, bounded);
  return error;
}

/** More causes are left out. */
const MAX_CAUSES = 5;

/**
 * The message with the messages of the error's causes, which have the facts: `fetch failed: Connection refused (os
 * error 111)`.
 */
function withCauses(thrown: unknown): string {
  let text = messageOf(thrown);
  let error = thrown;
  for (let i = 0; i < MAX_CAUSES && error instanceof Error && error.cause !== undefined; i++) {
    error = error.cause;
    const cause = messageOf(error);
    if (!text.includes(cause)) text += `: ${cause}`;
  }
  return text;
}

/** The name of an error, which may be no text. */
function nameOf(error: Error): string {
  try {
    return String(error.name);
  } catch {
    return "";
  }
}
