/**
 * Lines for the bench file. Each is a device that can be used as it is, or to which a driver is to be written.
 *
 * @module
 */
import { stringify } from "yaml";

/** A device for the bench file. */
export interface FoundDevice {
  /** The parts of its id. */
  name: string;
  transport: string;
  params: Record<string, unknown>;
  /** Further keys of the device. */
  keys?: Record<string, unknown>;
  /** The findings about the device, for the person who reads the line. */
  comment: string;
}

/**
 * The lines of devices, without their key `devices:`. Ids are made of the names, each once.
 *
 * @example
 * ```ts
 * import { benchLines } from "./bench_lines.ts";
 *
 * const params = { host: "192.168.1.20", port: 5025 };
 * const [line] = benchLines([{ name: "ACME PSU", transport: "scpi", params, comment: "_scpi-raw._tcp" }], []);
 * console.assert(
 *   line === "- { id: acme-psu, transport: scpi, params: { host: 192.168.1.20, port: 5025 } } # _scpi-raw._tcp",
 * );
 * ```
 *
 * @param taken Ids that devices have already.
 */
export function benchLines(devices: readonly FoundDevice[], taken: Iterable<string>): string[] {
  const ids = new Set(taken);
  return devices.map(({ name, transport, params, keys = {}, comment }) => {
    const id = freeId(name, ids);
    ids.add(id);
    return `- ${flow({ id, transport, params, ...keys })} # ${oneLine(comment)}`;
  });
}

/** A mapping on one line. */
function flow(value: Record<string, unknown>): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: true }).trim();
}

function freeId(name: string, taken: ReadonlySet<string>): string {
  const base = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) || "device";
  for (let number = 1;; number++) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(id)) return id;
  }
}

/** A text of an instrument, which may have line ends of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}
