import type { DeviceStatus, DriverStatus } from "../../../client/mod.ts";
import { type Advice, adviceFor, type Culprit } from "./advice.ts";

/** Something that is wrong on the bench. */
export interface Finding {
  /** The device, the driver file, or `daemon`. */
  subject: string;
  culprit: Culprit;
  /** The finding, in one line. */
  found: string;
  remedy: string;
}

/** The facts about a daemon and its bench. */
export interface BenchFacts {
  /** The reasons why the daemon cannot do its work. */
  notReady: readonly string[];
  /** The daemon's clock minus that of this machine. */
  clockOffsetMs: number;
  drivers: readonly DriverStatus[];
  devices: readonly DeviceStatus[];
}

/** A clock that is further off makes times hard to compare. */
const MAX_CLOCK_OFFSET_MS = 5_000;

/** A device with more restarts is unstable, also while it is connected. */
const MAX_RESTARTS = 3;

/** Everything that is wrong on a bench: the daemon first, then drivers and devices in their order. */
export function diagnose({ notReady, clockOffsetMs, drivers, devices }: BenchFacts): Finding[] {
  const findings: Finding[] = notReady.map((found) => ({
    subject: "daemon",
    culprit: "machine",
    found: oneLine(found),
    remedy: "Install or repair what is missing, and start the daemon again",
  }));
  if (Math.abs(clockOffsetMs) > MAX_CLOCK_OFFSET_MS) {
    const seconds = Math.round(Math.abs(clockOffsetMs) / 1000);
    findings.push({
      subject: "daemon",
      culprit: "machine",
      found: `Its clock is ${seconds} s ${clockOffsetMs > 0 ? "ahead of" : "behind"} this machine's`,
      remedy: "Synchronize both clocks, for example by chrony",
    });
  }
  return [...findings, ...drivers.flatMap(ofDriver), ...devices.flatMap(ofDevice)];
}

/** A file whose mistake the author can see in its message. */
function ofDriver({ file, name, error }: DriverStatus): Finding[] {
  if (!error) return [];
  const { culprit, remedy } = error.type === "DriverLoadError" ? LOAD_ADVICE : adviceFor(error);
  return [{ subject: file ?? name ?? "driver", culprit, found: oneLine(error.message), remedy }];
}

const LOAD_ADVICE: Advice = { culprit: "driver", remedy: "Correct the file and save it: the daemon loads it again" };

function ofDevice(device: DeviceStatus): Finding[] {
  const { device_id: subject, state, disabled, last_error, restarts, warnings, device_type } = device;
  const finding = (found: string, { culprit, remedy }: Advice): Finding => ({
    subject,
    culprit,
    found: oneLine(found),
    remedy,
  });
  if (disabled) {
    const remedy = `deno task ctl enable ${subject}`;
    return [finding("It is disabled: it is not connected until it is enabled", { culprit: "bench file", remedy })];
  }
  const findings = warnings.map(({ message }) =>
    finding(message, { culprit: "driver", remedy: "Change the line of the driver that the message names" })
  );
  if (Object.keys(device.permissions_missing).length) {
    const kinds = Object.keys(device.permissions_missing).join(", ");
    findings.push(finding(`Its driver asks for more than it was granted: ${kinds}`, {
      culprit: "bench file",
      remedy: `If it should have that: deno task ctl grant ${device_type}`,
    }));
  }
  const isDown = state === "faulted" || state === "retrying" || state === "connecting";
  const isUnstable = restarts > MAX_RESTARTS;
  if (last_error && (isDown || isUnstable)) {
    const times = isUnstable ? ` (connected again ${restarts} times)` : "";
    findings.push(finding(last_error.message + times, adviceFor(last_error)));
  }
  return findings;
}

/** The longest message. */
const MAX_CHARS = 300;

function oneLine(text: string): string {
  const line = text.replace(/\s*\n\s*/g, " ");
  return line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS)}…` : line;
}
