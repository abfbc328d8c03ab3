import process from "node:process";
import type { FleetAccess } from "../../hub/view/hub_view.ts";
import type { KnownBench } from "../../hub/view/known_bench.ts";
import { Exposition } from "../metrics/exposition.ts";
import type { HttpCounts } from "../metrics/http_counts.ts";

const BENCH_STATES = ["there", "away", "ended"] as const;

/** The metrics of a view, in the text format of Prometheus: one series for each bench, none for each device. */
export function fleetMetrics(
  fleet: FleetAccess,
  { version, openStreams, http }: { version: string; openStreams: number; http: HttpCounts },
): string {
  const text = new Exposition();
  const benches = [...fleet.benches.values()].filter(({ about }) => about);
  const each = (valueOf: (bench: KnownBench) => number) =>
    benches.map((bench) => [valueOf(bench), { bench: bench.name }] as const);
  text.gauge("labdaemon_build_info", "1, with the version.", [[1, { version }]]);
  text.gauge("labdaemon_hub_connected", "1 while the hub is reached.", [[fleet.isConnected ? 1 : 0]]);
  text.gauge(
    "labdaemon_benches",
    "Benches of the hub, by state.",
    BENCH_STATES.map((state) => [benches.filter((bench) => stateOf(bench) === state).length, { state }] as const),
  );
  text.gauge("labdaemon_bench_up", "1 while the bench sends heartbeats.", each(({ isThere }) => isThere ? 1 : 0));
  text.gauge(
    "labdaemon_bench_heartbeat_age_seconds",
    "Time since the last heartbeat of the bench.",
    each(({ silenceMs }) => Math.round(silenceMs) / 1000),
  );
  text.gauge("labdaemon_bench_devices", "Devices of the bench, by state.", benches.flatMap(devicesByState));
  text.gauge(
    "labdaemon_bench_alarms_firing",
    "Alarms of the bench that fire, acknowledged ones included.",
    each(({ alarms }) => alarms.filter(({ state }) => state === "firing" || state === "acknowledged").length),
  );
  text.gauge(
    "labdaemon_bench_leased_devices",
    "Devices of the bench that someone owns.",
    each(({ devices }) => [...devices.values()].filter(({ lease }) => lease).length),
  );
  text.gauge("labdaemon_open_streams", "Streams that are open.", [[openStreams]]);
  const { user, system } = process.cpuUsage();
  text.counter("process_cpu_seconds_total", "Processor time of the view.", [[(user + system) / 1e6]]);
  text.gauge("process_resident_memory_bytes", "Memory of the view.", [[process.memoryUsage().rss]]);
  text.gauge("process_start_time_seconds", "Start of the view, since 1970.", [[performance.timeOrigin / 1000]]);
  http.expose(text);
  return text.toString();
}

function stateOf({ isThere, about }: KnownBench): typeof BENCH_STATES[number] {
  if (isThere) return "there";
  return about?.ended_at ? "ended" : "away";
}

function devicesByState({ name, devices }: KnownBench) {
  const counts = Map.groupBy(devices.values(), ({ state }) => state);
  return Array.from(counts, ([state, devices]) => [devices.length, { bench: name, state }] as const);
}
