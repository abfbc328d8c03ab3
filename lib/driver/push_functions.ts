import { LabError } from "../errors.ts";
import type { DeviceFunctions } from "./contract.ts";

/** The functions of a device that pushes its samples; such a device has all of them. */
const PUSH_FUNCTIONS = ["startStreaming", "stopStreaming", "isStreaming"] as const;

/**
 * Returns the device, unless it can neither push its samples nor stream in another way because push functions are missing.
 *
 * @throws {LabError} `DriverError` of type `IncompleteDriver`, with the names of the missing functions.
 */
export function withPushFunctions<Device extends DeviceFunctions<never, unknown>>(
  name: string,
  device: Device,
): Device {
  const { stream, read, startStreaming } = device ?? {};
  const isMissing = (key: typeof PUSH_FUNCTIONS[number]) => typeof device?.[key] !== "function";
  const missing = PUSH_FUNCTIONS.filter(isMissing);
  // The host streams by `stream`, or reads a device that has no `startStreaming`: push functions beside these are not used.
  if (stream || (read && !startStreaming) || [0, PUSH_FUNCTIONS.length].includes(missing.length)) return device;
  const present = PUSH_FUNCTIONS.filter((key) => !isMissing(key));
  throw new LabError(
    "DriverError",
    `Cannot create a device of driver ${JSON.stringify(name)}: it has ${present.join(" and ")}, ` +
      `but no ${missing.join(" and no ")}; a device that pushes its samples needs all of ${PUSH_FUNCTIONS.join(", ")}`,
    { type: "IncompleteDriver", context: { driver: name, missing } },
  );
}
