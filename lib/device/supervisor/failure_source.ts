import type { LabError } from "../../errors.ts";
import type { FailureSource } from "../../wire/error_report.ts";

/** The reason why a connection ended that was not ended on purpose. */
export interface Failure {
  error: LabError;
  source: FailureSource;
  /** True if another device of the same process is the reason, or one that is not known. */
  isInnocent?: boolean;
}

/**
 * True for a permission that the driver's process does not have. The system's own refusals, as for a port of another user,
 * have the same type, but no `permission`.
 */
export function isDeniedPermission({ type, context }: Pick<LabError, "type" | "context">): boolean {
  return type === "PermissionDenied" && typeof context.permission === "string";
}

/**
 * The source of an error that a request to a driver failed with, while its process works as it should. An error of the
 * language is no sign of a defect in the driver: `fetch` throws a `TypeError` if nothing answers, and `JSON.parse` a
 * `SyntaxError` for a garbled answer. So what a method throws is attributed to the instrument.
 */
export function requestFailureSource({ code, type, context }: LabError): FailureSource {
  if (type === "OutOfMemory" || type === "MethodHangs" || isDeniedPermission({ type, context })) return "driver";
  return code === "InternalError" || code === "Unavailable" ? "daemon" : "instrument";
}

/**
 * The source of an error that ended a connection. A driver must load, stop when asked, and keep its process alive; an
 * instrument may be absent.
 *
 * @param isGone True if the driver's process has ended.
 * @param isInstrument True if the failed request was for the instrument: to connect it, or to stream.
 */
export function connectionFailureSource(
  error: LabError,
  { isGone, isInstrument }: { isGone: boolean; isInstrument: boolean },
): FailureSource {
  if (isGone) return "driver";
  const source = requestFailureSource(error);
  return source === "instrument" && !isInstrument ? "driver" : source;
}
