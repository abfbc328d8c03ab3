import { LabError, shortened } from "../errors.ts";

const MAX_ID_LENGTH = 64;

/** The form of a device id, as the second half of "expected …". */
export const DEVICE_ID_FORM =
  `a text of 1 to ${MAX_ID_LENGTH} letters, digits, "_", "-" or ".", not beginning with "."`;

/** True for a valid device id: one segment of a URL, and one file name that no tool hides. */
export function isDeviceId(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_ID_LENGTH && /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(value);
}

/** @throws {LabError} `InvalidRequest`, if it is not a valid device id. */
export function assertDeviceId(value: unknown): asserts value is string {
  if (isDeviceId(value)) return;
  const message = `Cannot name a device ${shortened(JSON.stringify(value) ?? "nothing")}: expected ${DEVICE_ID_FORM}`;
  throw new LabError("InvalidRequest", message, { context: { issues: [{ path: "device_id", message }] } });
}
