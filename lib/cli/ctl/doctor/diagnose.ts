import type { DeviceStatus, DriverStatus } from "../../../client/mod.ts";
import { clockTime } from "../../terminal/clock_time.ts";
import { adviceFor, type Culprit } from "./advice.ts";
import { type DaemonFacts, ofDaemon } from "./daemon_findings.ts";
import { type Finding, finding } from "./finding.ts";

/** The facts about a daemon and its bench. */
export interface BenchFacts extends DaemonFacts {
  drivers: readonly DriverStatus[];
  devices: readonly DeviceStatus[];
}

/** A device with more restarts is unstable, also while it is connected. */
const MAX_RESTARTS = 3;

/** Everything that is wrong on a bench: the daemon first, then drivers and devices in their order. */
export function diagnose(facts: BenchFacts): Finding[] {
  const current = facts.devices.filter(({ stale_since }) => !stale_since);
  return [
    ...ofDaemon(facts),
    ...ofAway(facts.devices),
    ...facts.drivers.flatMap(ofDriver),
    ...current.flatMap(ofDevice),
  ];
}

/** In a view: the benches that are away. The last known states of their devices are no findings. */
function ofAway(devices: readonly DeviceStatus[]): Finding[] {
  const since = new Map(
    devices.flatMap(({ bench, stale_since }) => bench && stale_since ? [[bench, stale_since]] : []),
  );
  const remedy = "See that its machine is on and its daemon runs; the log of that says why it does not reach the hub";
  return [...since].map(([bench, at]) => {
    const found = `The bench is away since ${clockTime(at)}: its devices are shown as they were then`;
    return finding(bench, found, { culprit: "machine", remedy });
  });
}

/** The beginning of the sandbox of a driver that nothing limits. */
const NO_SANDBOX = "none: ";

/** Findings of a driver: a file whose mistake the author can see in its message, or a driver without limits. */
function ofDriver({ file, name, error, sandbox }: DriverStatus): Finding[] {
  const subject = file ?? name ?? "driver";
  const findings = error ? [finding(subject, error.message, adviceFor({ failure_source: "driver", ...error }))] : [];
  // A script that registers a driver runs it in its own process, and knows.
  if (file === null || !sandbox?.startsWith(NO_SANDBOX)) return findings;
  const found = `Nothing limits it to its permissions: ${sandbox.slice(NO_SANDBOX.length)}`;
  const remedy =
    "Use Linux 6.2 or newer with Landlock, or install bubblewrap; or, if you trust the driver, write sandbox: off for it under " +
    "python in the bench file";
  return [...findings, finding(subject, found, { culprit: "machine", remedy })];
}

function ofDevice(device: DeviceStatus): Finding[] {
  const { device_id: subject, state, disabled, last_error, restarts, warnings, device_type } = device;
  const found = (text: string, culprit: Culprit, remedy: string) => finding(subject, text, { culprit, remedy });
  if (disabled) {
    const text = "It is disabled: it is not connected until it is enabled";
    return [found(text, "bench file", `deno task ctl enable ${subject}`)];
  }
  const findings = warnings.map(({ message }) =>
    found(message, "driver", "Change the line of the driver that the message names")
  );
  if (Object.keys(device.permissions_missing).length) {
    const kinds = Object.keys(device.permissions_missing).join(", ");
    const remedy = `If it should have that: deno task ctl grant ${device_type}`;
    findings.push(found(`Its driver asks for more than it was granted: ${kinds}`, "bench file", remedy));
  }
  const isDown = state === "faulted" || state === "retrying" || state === "connecting";
  const isUnstable = restarts > MAX_RESTARTS;
  if (last_error && (isDown || isUnstable)) {
    const times = isUnstable ? ` (connected again ${restarts} times)` : "";
    findings.push(finding(subject, last_error.message + times, adviceFor(last_error)));
  }
  return findings;
}
