import { elapsed } from "../../lib/format/elapsed.ts";
import { grantLine } from "../../lib/format/grant_line.ts";
import type { DeviceStatus, DriverStatus, FailureSource } from "../../lib/client/mod.ts";
import type { Permissions } from "../../lib/wire/driver.ts";
import { isGrantable } from "../drivers/permissions.ts";

/** One piece of advice on an error. */
export interface ErrorAdvice {
  text: string;
  /** A line to copy. */
  code?: string;
  /** The page that helps. */
  place?: "drivers";
  /** True to offer the form that adds the device again. */
  again?: boolean;
}

/** The way to change parameters. */
export const TO_CHANGE =
  "The parameters of a device do not change. Remove the device and add it again with other parameters; " +
  "if it is in the bench file, change them there (params) and restart the daemon.";

/** True if a device's last error is not the reason for its present state: it works again, or was disconnected since. */
export function isEarlierError({ state, state_since, last_error: error }: DeviceStatus): boolean {
  if (state === "connected" || state === "streaming") return true;
  return state === "disconnected" && error !== null && Date.parse(state_since) > Date.parse(error.timestamp);
}

/** Advice on a device's last error, and the next step of the daemon. */
export function adviceOnError(device: DeviceStatus, drivers: readonly DriverStatus[], now: number): ErrorAdvice[] {
  const { last_error: error, state } = device;
  if (!error) return [];
  if (state === "disconnected" && isEarlierError(device)) return [{ text: nextStep(device, now) }];
  const cause = causeAdvice(device, drivers);
  // A new connection would change nothing.
  if (cause?.place === "drivers" || error.type === "InvalidRequest") return cause ? [cause] : [];
  const isRetrying = state === "retrying";
  const asked = cause ?? (isRetrying && error.failure_source === "instrument" && {
    text: "Is the instrument on, and its cable in?",
  });
  // A connect may touch nothing: without a sample the address is unproven, unless the device has no stream.
  const hasNoSample = device.streams !== false && device.stream.sequence === 0 && Object.keys(device.params).length > 0;
  const mayHaveWrongParams = hasNoSample && (isRetrying || state === "faulted") &&
    (!cause || error.type === "DeviceTimeout");
  return [
    ...(asked ? [asked] : []),
    ...(mayHaveWrongParams ? [{ text: `Are its parameters right? ${TO_CHANGE}`, again: true }] : []),
    { text: nextStep(device, now) },
  ];
}

function causeAdvice(device: DeviceStatus, drivers: readonly DriverStatus[]): ErrorAdvice | undefined {
  const { type, failure_source: source, context: { permission, target, grants } } = device.last_error!;
  const isLoaded = drivers.some(({ name, status }) => name === device.device_type && status === "loaded");
  if (type === "DeviceTypeNotFound" || (!isLoaded && drivers.length > 0)) {
    return {
      text: "Its driver is missing, or the file does not load. The device connects when the driver loads.",
      place: "drivers",
    };
  }
  if (type === "PermissionDenied" && isGrantable(permission)) {
    const grant = target === undefined ? "true" : JSON.stringify([target]);
    if (grants) {
      return {
        text:
          "If you trust its driver with that, add this line to the bench file (bench.yaml), and restart the daemon:",
        code: grantLine(device.device_type, grants as Permissions),
      };
    }
    return {
      text:
        "If you trust its driver with that, add this line to the device in the bench file (bench.yaml), and restart " +
        "the daemon:",
      code: `permissions: { add: { ${permission}: ${grant} } }`,
    };
  }
  if (type === "InvalidRequest") return { text: `Its parameters do not fit its driver. ${TO_CHANGE}`, again: true };
  const text = CAUSES[type] ?? (source && SOURCES[source]);
  return text === undefined ? undefined : { text };
}

const CAUSES: Record<string, string | undefined> = {
  OutOfMemory: "The driver used all the memory that it may use. The bench file can give the device more (memory).",
  ProcessExited: "The driver's process exited; contact its author.",
  ProcessHangs: "The driver's process hangs; contact its author.",
  DeviceTimeout: "The instrument did not answer in time. The bench file can give a slow one more time (limits).",
  StreamStalled:
    "The instrument sent no samples. The bench file can give a slow one more time (limits: sample_timeout).",
};

/** Advice by the failure source that the daemon reports, for errors without advice of their own. */
const SOURCES: Partial<Record<FailureSource, string>> = {
  driver: "The driver failed; contact its author.",
  daemon: "The daemon failed; its log says more.",
};

/** The daemon limits the restarts of a driver, as the bench file says. It reconnects to an instrument without limit. */
function nextStep({ state, disabled, retry_at, last_error }: DeviceStatus, now: number): string {
  if (disabled) return "It is disabled. Enable it to try again.";
  switch (state) {
    case "retrying":
      return last_error!.failure_source === "driver"
        ? `${nextTry(retry_at, now)} After too many failures (restart in the bench file) it does not reconnect.`
        : `${nextTry(retry_at, now)} It reconnects until the instrument answers, or until you disconnect it.`;
    case "faulted":
      return "It does not reconnect by itself. Connect it to try again.";
    case "connecting":
      return "It reconnects now.";
    case "disconnected":
      return "Connect it to try again, or dismiss this.";
    default:
      return "The device works again. Dismiss this when you have read it.";
  }
}

function nextTry(retryAt: string | null, now: number): string {
  const wait = retryAt === null ? 0 : Date.parse(retryAt) - now;
  return wait > 500 ? `Next try in ${elapsed(wait)}.` : "The next try is due.";
}
