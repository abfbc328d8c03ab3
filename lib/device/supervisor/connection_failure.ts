import { asLabError, type LabError } from "../../errors.ts";
import { maskSecretsOf, missingGrantLine, type Plan } from "../../registry/plan.ts";
import { connectionFailureSource, type Failure } from "./failure_source.ts";

/** The progress of a connection up to its failure. */
export interface Progress {
  /** True if the driver's process has ended. */
  isGone: boolean;
  /** True if the driver has made the device: what fails then, is the instrument. */
  isCreated: boolean;
  /** True if the instrument was connected. */
  wasConnected: boolean;
  /** True if a stream was to stop. */
  isStopping: boolean;
}

/** The failure of a connection by what was thrown: without the values of secrets, and with its source. */
export function connectionFailure(thrown: unknown, plan: Plan, progress: Progress): Failure {
  const { isGone, isCreated, wasConnected, isStopping } = progress;
  const error = maskSecretsOf(plan, asLabError(thrown, "InternalError"));
  if (!wasConnected) adviseGrant(error, plan);
  const source = connectionFailureSource(error, { isGone, isInstrument: isCreated && !isStopping });
  error.failureSource = source;
  return { error, source };
}

/** Adds the line of the bench file that may be missing: a driver can hide that it was denied a permission. */
function adviseGrant(error: LabError, plan: Plan): void {
  const line = missingGrantLine(plan);
  if (line === undefined || error.message.includes("grants: {")) return;
  error.message +=
    `. Its driver asks for more than it was granted: if it should have it, add to the bench file: ${line}`;
}
