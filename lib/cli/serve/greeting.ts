import type { LabDaemon } from "../../daemon.ts";
import { printable, shortened } from "../../errors.ts";
import type { Requirements } from "../../host/requirements.ts";

const FIX = "Fix the file and save it: it is then loaded again.";
const FIX_AND_START = "Fix the file and start again.";

/** A limit of file descriptors below this is shown: each reader takes one, each device some. */
const FEW_DESCRIPTORS = 1_024;

const RAISE_LIMIT = "raise the limit with ulimit -n, or LimitNOFILE in systemd";

/** The number of failed devices that are listed; the others are counted. */
const MAX_FAILED = 8;

/** The number of characters of a reason; the device's page shows all of it. */
const MAX_REASON_CHARS = 200;

/** The parts of the start-up message besides drivers and devices. */
export interface GreetingParts {
  version: string;
  /** The daemon's address for this machine. */
  url: string;
  /** The daemon's addresses for other machines; empty if it has none. */
  elsewhere: readonly string[];
  /** True if a driver file is loaded again when it is saved. */
  reloads: boolean;
  /** The requirements that the machine meets, and those that it does not meet. */
  requirements?: Requirements;
  /** The names, besides addresses, that the daemon answers to; `undefined` if only this machine reaches the daemon. */
  names?: readonly string[];
  /** The code by which the first administrator logs in. */
  code?: string;
}

/** The start-up message: the address, the drivers and the devices. */
export function greeting(
  daemon: LabDaemon,
  { version, url, elsewhere, reloads, requirements, names, code }: GreetingParts,
): string {
  const { missing = [], degraded = [], descriptors = Infinity } = requirements ?? {};
  const drivers = daemon.drivers();
  const failed = drivers.filter(({ error }) => error);
  const loaded = drivers.filter(({ status }) => status === "loaded").map(({ name, file }) => `${name} (${file})`);
  return [
    `LabDaemon ${version} on ${url}`,
    ...elsewhere.map((address) => line("also", address)),
    ...names ? [line("names", namesLine(names))] : [],
    line("drivers", list(loaded)),
    ...failed.map(({ file, error }) => {
      const message = error?.message ?? "";
      return line("failed", file && !message.includes(file) ? `${file}: ${message}` : message);
    }),
    ...failed.some(({ error }) => error?.type !== "DriverStillLoads") ? [line("", reloads ? FIX : FIX_AND_START)] : [],
    line("devices", list(daemon.devices().map(({ id, type }) => `${id} (${type})`))),
    ...missing.map((text) => line("missing", `no driver can run: ${text}`)),
    ...degraded.map((text) => line("note", text)),
    ...descriptors < FEW_DESCRIPTORS ? [line("limit", `${descriptors} file descriptors are few: ${RAISE_LIMIT}`)] : [],
    line("watch", `${url}/`),
    ...code ? [line("log in", `${elsewhere[0] ?? url}/#/login/${code}  (once, for the first administrator)`)] : [],
    line("docs", `${url}/docs`),
    line("stop", "Ctrl-C"),
  ].join("\n");
}

/** The states of the devices after the start, with the reasons of those that are not connected. */
export function deviceStates(daemon: LabDaemon): string {
  const devices = daemon.devices().map((device) => device.status());
  const failed = devices.filter(({ state }) => ["retrying", "faulted", "connecting"].includes(state));
  const others = devices.filter((it) => !failed.includes(it));
  const more = failed.length - MAX_FAILED;
  return [
    others.map(({ device_id, state, disabled }) => `${device_id} ${disabled ? "disabled" : state}`).join(", "),
    ...failed.slice(0, MAX_FAILED).map(({ device_id, state, last_error }) => {
      const [why] = (last_error?.message ?? "").split("\n");
      return `${device_id} ${state}${why && `: ${shortened(why, MAX_REASON_CHARS)}`}`;
    }),
    more > 0 ? `and ${more} more that are not connected` : "",
  ].filter(Boolean).map((text, i) => line(i === 0 ? "states" : "", text)).join("\n");
}

function namesLine(names: readonly string[]): string {
  return `its addresses, ${["localhost", ...names].join(", ")}; allowed_hosts in the bench file adds others`;
}

function list(items: readonly string[]): string {
  return items.join(", ") || "none";
}

/** A text beside its name. Further lines of the text are aligned below the first. */
function line(name: string, text: string): string {
  return text.split(/\r?\n/).map((each, i) => `  ${(i === 0 ? name : "").padEnd(7)}  ${printable(each)}`).join("\n");
}
