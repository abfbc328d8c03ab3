import { z } from "zod";
import { ERRORS, type LabErrorCode } from "../../wire/error_codes.ts";
import { type ErrorReport, errorReportSchema, issueSchema } from "../../wire/error_report.ts";

const requestId = z.string().meta({ description: "The request's id in the daemon's log" });

const answers = new Map<LabErrorCode, z.ZodType>();

/** The schema of the answer to a request that failed with an error of this kind. */
export function errorAnswer(code: LabErrorCode): z.ZodType {
  let answer = answers.get(code);
  if (!answer) {
    answer = z.object({ error: z.intersection(errorReportSchema, specificsOf(code)) })
      .meta({ id: code, description: ERRORS[code].meaning, examples: [{ error: exampleOf(code) }] });
    answers.set(code, answer);
  }
  return answer;
}

/** The parts of a report that are the same in all errors of this kind. A driver names its errors itself. */
function specificsOf(code: LabErrorCode): z.ZodType {
  const context = z.looseObject({
    request_id: requestId,
    ...(code === "InvalidRequest" && { issues: z.array(issueSchema) }),
  });
  return code === "DriverError"
    ? z.object({ origin: z.literal("device"), context })
    : z.object({ type: z.literal(code), context });
}

function exampleOf(code: LabErrorCode): ErrorReport {
  const { example: message } = ERRORS[code];
  const issues = code === "InvalidRequest" && { issues: [{ path: "device_id", message }] };
  return {
    type: code === "DriverError" ? "CableError" : code,
    message,
    origin: code === "DriverError" ? "device" : "framework",
    timestamp: "2026-11-22T06:25:52.123456Z",
    context: { ...issues, request_id: "9f31c4a80b2e" },
  };
}
