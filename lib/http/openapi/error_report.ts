import { z } from "zod";
import type { LabErrorCode } from "../../errors.ts";
import { type ErrorReport, errorReportSchema, issueSchema } from "../../wire/error_report.ts";

/** What each error means, and what it may say. `DriverError` travels under the driver's own name. */
const ERRORS: Record<LabErrorCode, [meaning: string, message: string]> = {
  InvalidRequest: [
    "The request has the wrong shape: not JSON, an unknown or missing key, a value that does not fit",
    "Cannot POST /devices: device_id: Invalid input: expected string, received undefined",
  ],
  ForbiddenOrigin: [
    "A page of another site asks, or the Host header is not this daemon's",
    "Cannot answer a page of http://elsewhere.example: it is not allowed; add it to allowed_origins in the bench file",
  ],
  DeviceNotFound: ["There is no such device", 'Cannot find device "daq9": known devices are daq1, host1'],
  DeviceTypeNotFound: [
    "There is no such driver",
    'Cannot add device "daq2": there is no device type "Nix"; known types are StreamingDAQ, HostMetrics',
  ],
  MethodNotFound: [
    "The device has no such method",
    'Cannot call "set_low" on "daq1": there is no such method; known methods are set_high',
  ],
  NoError: ["No error is recorded", 'Cannot find an error of "daq1": none is recorded (404)'],
  NotFound: ["There is no such path", "Cannot GET /nothing: there is no such path; GET / lists them"],
  MethodNotAllowed: ["The path does not know this method", "Cannot PUT /devices: allowed are GET, POST"],
  BodyTooLarge: ["The body is larger than 1 MiB", "Cannot POST /devices: the body is larger than 1048576 bytes"],
  UnsupportedMediaType: [
    "The body is not JSON by its Content-Type",
    "Cannot POST /devices: the body is text/plain; send JSON with the header Content-Type: application/json",
  ],
  DeviceExists: ["There is a device of that name already", 'Cannot add device "daq1": there is one already'],
  DeviceInUse: ["Somebody else has taken the device", 'Cannot call "set_high" on "daq1": another one has taken it'],
  DeviceNotConnected: [
    "The device is not connected, or was disconnected meanwhile",
    'Cannot call "set_high" on "daq1": it is disconnected',
  ],
  DeviceDisabled: [
    "The device is out of service",
    'Cannot connect "daq1": it is disabled; enable it first',
  ],
  NotStreamable: ["The device has no stream", 'Cannot start streaming "psu1": its driver has no stream'],
  DriverError: [
    "The driver failed, under the name of its own error; `DeviceError` where it has none",
    "no answer from the instrument",
  ],
  DeviceFaulted: [
    "The device's driver failed too often; connect it to try again",
    'Cannot call "set_high" on "daq1": it is faulted (no such card); connect it to try again',
  ],
  DeviceTimeout: [
    "The device did not answer in time",
    'Cannot call "set_high" on "daq1": no answer within 30000 ms',
  ],
  InternalError: ["A defect of LabDaemon", "The request failed by a defect of LabDaemon; its log says more"],
};

const answers = new Map<LabErrorCode, z.ZodType>();

/** What an error of this kind means. */
export function meaningOf(code: LabErrorCode): string {
  return ERRORS[code][0];
}

/** The answer that an error of this kind is. */
export function errorAnswer(code: LabErrorCode): z.ZodType {
  let answer = answers.get(code);
  if (!answer) {
    answer = z.object({ error: z.intersection(errorReportSchema, particularsOf(code)) })
      .meta({ id: code, description: meaningOf(code), examples: [{ error: exampleOf(code) }] });
    answers.set(code, answer);
  }
  return answer;
}

function exampleOf(code: LabErrorCode): ErrorReport {
  const [, message] = ERRORS[code];
  const origin = code === "DriverError" ? "device" : "framework";
  const type = code === "DriverError" ? "CableError" : code;
  const issues = code === "InvalidRequest" && { issues: [{ path: "device_id", message }] };
  return {
    type,
    message,
    origin,
    timestamp: "2026-11-22T06:25:52.123456Z",
    context: { ...issues, request_id: REQUEST_ID_EXAMPLE },
  };
}

const REQUEST_ID_EXAMPLE = "9f31c4a80b2e";

const requestId = z.string().meta({ description: "By which the daemon's log has more" });

function particularsOf(code: LabErrorCode): z.ZodType {
  const context = z.looseObject({
    request_id: requestId,
    ...(code === "InvalidRequest" && { issues: z.array(issueSchema) }),
  });
  // A driver's failure has the name that the driver gave it.
  return code === "DriverError"
    ? z.object({ origin: z.literal("device"), context })
    : z.object({ type: z.literal(code), context });
}
