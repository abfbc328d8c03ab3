import type { DeviceStatus, DriverStatus } from "../../lib/client/mod.ts";
import { stretch } from "../words/words.ts";
import { isGrantable } from "../drivers/permissions.ts";

/** What to do about an error. */
export interface Advice {
  text: string;
  /** A line to copy. */
  code?: string;
  /** Where on this page to go on. */
  place?: "drivers";
  /** Whether to offer the form that adds the device anew. */
  anew?: boolean;
}

/** How parameters are changed. */
export const TO_CHANGE =
  "Parameters are fixed for a device's life: to change them, remove the device and add it anew; " +
  "if it stands in the bench file, mend them there (params) and start the daemon again.";

/** What a person can do about a device's last error, and what happens next by itself. */
export function adviceFor(device: DeviceStatus, drivers: readonly DriverStatus[], now: number): Advice[] {
  if (!device.last_error) return [];
  const cause = causeAdvice(device, drivers);
  // To connect it would change nothing.
  if (cause?.place === "drivers" || device.last_error.type === "InvalidRequest") return cause ? [cause] : [];
  const next = { text: nextSentence(device, now) };
  const isRetrying = device.state === "retrying";
  const asked = cause ?? (isRetrying && { text: "Is the instrument on, and its cable in?" });
  // To connect may touch nothing: without a sample an address was never proven, unless there is no stream to prove it by.
  const isUnproven = device.streams !== false && device.stream.sequence === 0 && Object.keys(device.params).length > 0;
  const doubts = isUnproven && (isRetrying || device.state === "faulted") &&
    (!cause || device.last_error.type === "DeviceTimeout");
  return [
    ...(asked ? [asked] : []),
    ...(doubts ? [{ text: `Are its parameters right? ${TO_CHANGE}`, anew: true }] : []),
    next,
  ];
}

function causeAdvice(device: DeviceStatus, drivers: readonly DriverStatus[]): Advice | undefined {
  const { type, context: { permission, target } } = device.last_error!;
  const isLoaded = drivers.some(({ name, status }) => name === device.device_type && status === "loaded");
  if (type === "DeviceTypeNotFound" || (!isLoaded && drivers.length > 0)) {
    return {
      text: "Its driver is not there, or its file does not load. The device comes to life when it does.",
      place: "drivers",
    };
  }
  if (type === "PermissionDenied" && isGrantable(permission)) {
    const grant = target === undefined ? "true" : JSON.stringify([target]);
    return {
      text:
        "If you trust its driver with that, add this line to the device in the bench file (bench.yaml), and start " +
        "the daemon again:",
      code: `permissions: { add: { ${permission}: ${grant} } }`,
    };
  }
  if (type === "InvalidRequest") return { text: `Its parameters do not fit its driver. ${TO_CHANGE}`, anew: true };
  return type in CAUSES ? { text: CAUSES[type] } : undefined;
}

const CAUSES: Record<string, string> = {
  OutOfMemory: "Its driver used all the memory that it may take. The bench file can give the device more (memory).",
  ProcessExited: "Its driver broke: that is for whoever wrote it.",
  ProcessHangs: "Its driver hangs: that is for whoever wrote it.",
  DeviceTimeout: "The instrument did not answer in time. The bench file can give a slow one more (limits).",
  StreamStalled: "The instrument fell silent. The bench file can give a slow one more time (limits: sample_timeout).",
};

/** What a driver does wrong is forgiven so often as the bench file says; an instrument may be away for ever. */
const DRIVER_FAULTS = ["OutOfMemory", "ProcessExited", "ProcessHangs"];

function nextSentence({ state, disabled, retry_at, last_error }: DeviceStatus, now: number): string {
  if (disabled) return "It is disabled. Enable it to try again.";
  switch (state) {
    case "retrying":
      return DRIVER_FAULTS.includes(last_error!.type)
        ? `${nextTry(retry_at, now)} If that happens too often (restart), it is given up.`
        : `${nextTry(retry_at, now)} It is tried until it answers, or until you disconnect it.`;
    case "faulted":
      return "It is not tried any more. Connect it to try again.";
    case "connecting":
      return "It is being tried again.";
    case "disconnected":
      return "Connect it to try again, or dismiss this.";
    default:
      return "It has gone on since. Dismiss this when you have read it.";
  }
}

function nextTry(retryAt: string | null, now: number): string {
  const wait = retryAt === null ? 0 : Date.parse(retryAt) - now;
  return wait > 500 ? `Next try in ${stretch(wait + 999)}.` : "The next try is due.";
}
