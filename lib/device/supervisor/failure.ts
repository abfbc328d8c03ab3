import { asLabError, type LabError } from "../../errors.ts";
import { maskSecretsOf, missingGrantLine, type Plan } from "../../registry/plan.ts";
import type { FailureSource } from "../../wire/error_report.ts";

/** The reason why a connection ended that was not ended on purpose. */
export interface Failure {
  error: LabError;
  source: FailureSource;
  /** True if another device of the same process has ended that process, or it is not known which one. */
  isEndedByOther?: boolean;
}

/** The types of errors that a process which works reports about its driver: no instrument causes them. */
const DRIVER_ERRORS = new Set([
  ...["OutOfMemory", "MethodHangs", "IncompleteDriver", "NotSerializable"],
  ...["ResultTooLarge", "AnswerTooLarge", "ParamsTooLarge", "OptionsTooLarge", "DescriptionTooLarge"],
]);

/** The progress of a connection up to its failure. */
export interface ConnectProgress {
  /** True if the driver's process has ended. */
  isGone: boolean;
  /** True if the driver has made the device: what fails then is the instrument. */
  isCreated: boolean;
  /** True if the instrument was connected. */
  wasConnected: boolean;
  /** True if a stream was to stop. */
  isStopping: boolean;
}

/** The failure of a connection for a thrown value: the error, without the values of secrets, and its source. */
export function connectionFailure(thrown: unknown, plan: Plan, progress: ConnectProgress): Failure {
  const error = maskSecretsOf(plan, asLabError(thrown, "InternalError"));
  if (!progress.wasConnected) adviseGrant(error, plan);
  const source = connectionFailureSource(error, progress);
  error.failureSource = source;
  return { error, source };
}

/** A driver must load, stop when asked, and keep its process alive; an instrument may be absent. */
function connectionFailureSource(error: LabError, { isGone, isCreated, isStopping }: ConnectProgress): FailureSource {
  if (isGone) return "driver";
  const source = requestFailureSource(error);
  const isAboutInstrument = isCreated && !isStopping;
  return source === "instrument" && !isAboutInstrument ? "driver" : source;
}

/**
 * The source of an error of a request to a driver whose process works. An error of the language is no sign of a defect
 * in the driver: `fetch` throws a `TypeError` if nothing answers, and `JSON.parse` a `SyntaxError` for a garbled
 * answer. So an error that a method throws is attributed to the instrument.
 */
export function requestFailureSource({ code, type, context }: LabError): FailureSource {
  if (DRIVER_ERRORS.has(type) || isDeniedPermission({ type, context })) return "driver";
  return code === "InternalError" || code === "Unavailable" ? "daemon" : "instrument";
}

/**
 * True for a permission that the driver's process does not have. The system's own refusals, as for a port of another user,
 * have the same type, but no `permission`.
 */
export function isDeniedPermission({ type, context }: Pick<LabError, "type" | "context">): boolean {
  return type === "PermissionDenied" && typeof context.permission === "string";
}

/** Adds the line of the bench file that may be missing: a driver can hide that it was denied a permission. */
function adviseGrant(error: LabError, plan: Plan): void {
  const line = missingGrantLine(plan);
  if (line === undefined || error.message.includes("grants: {")) return;
  error.message +=
    `. Its driver asks for more than it was granted: if it should have it, add to the bench file: ${line}`;
}
