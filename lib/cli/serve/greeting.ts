import type { LabDaemon } from "../../daemon.ts";
import { printable, shortened } from "../../errors.ts";

const REPAIR = "Repair the file and save it: it is then loaded again.";
const REPAIR_AND_START = "Repair the file and start again.";

/** More troubled devices than this are counted, not listed. */
const MOST_TROUBLED = 8;

/** Of a longer reason, the beginning: the device's own page has all of it. */
const LONGEST_REASON = 200;

/** What the start-up message says besides what is on the bench. */
export interface GreetingParts {
  version: string;
  /** Where it is reached from this machine. */
  url: string;
  /** Where it is reached from others; empty as long as it is not. */
  elsewhere: readonly string[];
  /** Whether a driver file is loaded again when it is saved. */
  reloads: boolean;
}

/** What the program says when it listens: where it is, and what it has. */
export function greeting(daemon: LabDaemon, { version, url, elsewhere, reloads }: GreetingParts): string {
  const drivers = daemon.drivers();
  const failed = drivers.filter(({ error }) => error);
  const loaded = drivers.filter(({ status }) => status === "loaded").map(({ name, file }) => `${name} (${file})`);
  return [
    `LabDaemon ${version} on ${url}`,
    ...elsewhere.map((address) => line("also", address)),
    line("drivers", list(loaded)),
    ...failed.map(({ file, error }) => {
      const message = error?.message ?? "";
      return line("failed", file && !message.includes(file) ? `${file}: ${message}` : message);
    }),
    ...failed.some(({ error }) => error?.type !== "DriverStillLoads")
      ? [line("", reloads ? REPAIR : REPAIR_AND_START)]
      : [],
    line("devices", list(daemon.devices().map(({ id, type }) => `${id} (${type})`))),
    line("watch", `${url}/`),
    line("docs", `${url}/docs`),
    line("stop", "Ctrl-C"),
  ].join("\n");
}

/** What has become of the devices: where each is, and of those that should be there and are not, why. */
export function deviceStates(daemon: LabDaemon): string {
  const devices = daemon.devices().map((device) => device.status());
  const troubled = devices.filter(({ state }) => ["retrying", "faulted", "connecting"].includes(state));
  const others = devices.filter((it) => !troubled.includes(it));
  const more = troubled.length - MOST_TROUBLED;
  return [
    others.map(({ device_id, state, disabled }) => `${device_id} ${disabled ? "disabled" : state}`).join(", "),
    ...troubled.slice(0, MOST_TROUBLED).map(({ device_id, state, last_error }) => {
      const [why] = (last_error?.message ?? "").split("\n");
      return `${device_id} ${state}${why && `: ${shortened(why, LONGEST_REASON)}`}`;
    }),
    more > 0 ? `and ${more} more that are not connected` : "",
  ].filter(Boolean).map((text, i) => line(i === 0 ? "states" : "", text)).join("\n");
}

function list(items: readonly string[]): string {
  return items.join(", ") || "none";
}

/** A value under its name. What others wrote keeps to its column. */
function line(name: string, text: string): string {
  return text.split(/\r?\n/).map((each, i) => `  ${(i === 0 ? name : "").padEnd(7)}  ${printable(each)}`).join("\n");
}
