import type { LabError } from "../errors.ts";
import type { FailureSource } from "../wire/error_report.ts";

/** The source of an error that a request to a driver failed with, while its process works as it should. */
export function requestFailureSource({ code, type }: LabError): FailureSource {
  if (type === "OutOfMemory") return "driver";
  return code === "InternalError" || code === "Unavailable" ? "daemon" : "instrument";
}
