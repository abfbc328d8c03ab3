import { LabError } from "../../errors.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";

/** The parts of an id in a view: `lab3/daq1` is `daq1` of the bench `lab3`. */
export interface FullId {
  bench: string;
  id: string;
}

/** The id of something of a bench, as a view has it. */
export function fullId(bench: string, id: string): string {
  return `${bench}/${id}`;
}

/** The parts of an id; `undefined` for one without a bench. */
export function splitId(full: string): FullId | undefined {
  const slash = full.indexOf("/");
  return slash > 0 && slash < full.length - 1 ? { bench: full.slice(0, slash), id: full.slice(slash + 1) } : undefined;
}

/**
 * The bench of an id, and the rest of it.
 *
 * @param what What has the id: `device`.
 * @throws {LabError} `DeviceNotFound` for an id without a bench, or of one that the hub does not know.
 */
export function benchOf(
  benches: ReadonlyMap<string, KnownBench>,
  full: string,
  what = "device",
): { bench: KnownBench; id: string } {
  const parts = splitId(full);
  const bench = parts && benches.get(parts.bench);
  if (bench?.about) return { bench, id: parts!.id };
  const found = parts ? `the hub has no bench ${JSON.stringify(parts.bench)}` : "an id of a view is <bench>/<id>";
  throw new LabError("DeviceNotFound", `Cannot find ${what} ${JSON.stringify(full)}: ${found}`, {
    context: { device_id: full },
  });
}

/** The keys whose texts are ids of a bench. */
const ID_KEYS = new Set(["device_id", "lease_id", "call_id", "owned_by"]);

/** The keys below which there are more of them. */
const PARTS = new Set(["devices", "leases", "queue", "calls", "alarms", "results", "lease", "shared_process"]);

/** An answer of a bench, with the ids of a view. Parts that belong to drivers, as params and results, stay. */
export function withFullIds(value: unknown, bench: string): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => typeof item === "string" ? fullId(bench, item) : withFullIds(item, bench));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (ID_KEYS.has(key) && typeof item === "string") return [key, fullId(bench, item)];
      return [key, PARTS.has(key) ? withFullIds(item, bench) : item];
    }),
  );
}

/**
 * The body of a request about devices, with the ids of their bench.
 *
 * @throws {LabError} `InvalidRequest` if they are of several.
 */
export function withBenchIds(
  benches: ReadonlyMap<string, KnownBench>,
  input: Record<string, unknown>,
  attempt: string,
): { bench: KnownBench; body: Record<string, unknown> } {
  const { device_id, devices } = input;
  const ids = Array.isArray(devices) ? devices.map(String) : [String(device_id ?? "")];
  const found = ids.map((id) => benchOf(benches, id));
  const [{ bench }] = found;
  if (found.some((it) => it.bench !== bench)) {
    throw new LabError("InvalidRequest", `${attempt}: the devices are of several benches; ask for those of each`);
  }
  const bare = found.map(({ id }) => id);
  return { bench, body: { ...input, ...Array.isArray(devices) ? { devices: bare } : { device_id: bare[0] } } };
}
