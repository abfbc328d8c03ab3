import { LabError, type LabErrorCode } from "../../errors.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";

/** The parts of an id in a view: `lab3/daq1` is `daq1` of the bench `lab3`. */
export interface FullId {
  bench: string;
  id: string;
}

/** The view's id of a thing of a bench. */
export function fullId(bench: string, id: string): string {
  return `${bench}/${id}`;
}

/** The parts of an id; `undefined` for one without a bench. */
export function splitId(full: string): FullId | undefined {
  const slash = full.indexOf("/");
  return slash > 0 && slash < full.length - 1 ? { bench: full.slice(0, slash), id: full.slice(slash + 1) } : undefined;
}

/** The things of a bench that have ids. */
export type OwnedThing = "device" | "recording" | "task" | "task type" | "call" | "lease";

const NOT_FOUND: Readonly<Record<OwnedThing, LabErrorCode>> = {
  ...{ device: "DeviceNotFound", recording: "RecordingNotFound", task: "TaskNotFound" },
  ...{ "task type": "TaskTypeNotFound", call: "CallNotFound", lease: "LeaseNotFound" },
};

/**
 * The bench of an id, and the rest of it.
 *
 * @throws {LabError} `DeviceNotFound`, or that of another thing, for an id without a bench, or of one that the hub does not know.
 */
export function benchOf(
  benches: ReadonlyMap<string, KnownBench>,
  full: string,
  what: OwnedThing = "device",
): { bench: KnownBench; id: string } {
  const parts = splitId(full);
  const bench = parts && benches.get(parts.bench);
  if (bench?.about) return { bench, id: parts!.id };
  const found = parts ? `the hub has no bench ${JSON.stringify(parts.bench)}` : "an id of a view is <bench>/<id>";
  throw new LabError(NOT_FOUND[what], `Cannot find ${what} ${JSON.stringify(full)}: ${found}`, {
    context: { [`${what.replace(" ", "_")}_id`]: full },
  });
}

/** The keys whose texts are ids of a bench. */
const ID_KEYS = new Set(["device_id", "lease_id", "call_id", "owned_by", "recording_id", "task_id"]);

/** The keys below which there are more of them. */
const PARTS = new Set([
  ...["devices", "device_ids", "leases", "queue", "calls", "alarms", "results", "lease", "shared_process"],
  ...["recordings", "contents", "tasks", "changes", "skipped", "events"],
]);

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

/** The bench's own ids of devices; `undefined` if one of them is of another bench. */
export function bareIds(ids: readonly string[], { name }: KnownBench): string[] | undefined {
  const found = ids.map(splitId);
  return found.every((it) => it?.bench === name) ? found.map((it) => it!.id) : undefined;
}

/** A value with each text that is a device id of the bench in the bench's own form. */
export function withBareTexts(value: unknown, bench: KnownBench): unknown {
  if (typeof value === "string") {
    const parts = splitId(value);
    return parts?.bench === bench.name && bench.devices.has(parts.id) ? parts.id : value;
  }
  if (Array.isArray(value)) return value.map((item) => withBareTexts(item, bench));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBareTexts(item, bench)]));
}
