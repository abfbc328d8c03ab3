import type { GroupReport, Load } from "./load.ts";
import { cpuSeconds, machineSeconds, residentBytes } from "./proc.ts";
import type { Server } from "./server.ts";
import { percentile } from "./statistics.ts";

/** The figures of one server over one period, measured from outside. */
export interface Figures {
  seconds: number;
  /** Events delivered to all readers together. */
  received: number;
  eventsPerSecond: number;
  /** CPU of the server's process, of what it has started, and of the load: in cores, 1 being all of one. */
  serverCores: number;
  driverCores: number;
  /** Those of the one driver process that used most. */
  busiestDriver: number;
  loadCores: number;
  /** The cores that other programs used meanwhile; ideally 0. */
  otherCores: number;
  /** CPU seconds for each million delivered events. */
  serverPerMillion: number;
  driverPerMillion: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  lost: number;
  /** Lost without a word, came twice, or was otherwise wrong. */
  unreported: number;
  wrong: number;
  faults: string[];
  /** Resident bytes of the server, four times a second. */
  resident: number[];
  groups: Record<string, GroupReport>;
}

const RESIDENT_MS = 250;

/** Measures for so many seconds, on readers that are open and have begun. */
export async function measure(server: Server, load: Load, seconds: number): Promise<Figures> {
  const children = server.children();
  const cpu = () => ({
    server: cpuSeconds(server.pid),
    children: children.map(cpuSeconds),
    load: cpuSeconds(load.pid),
    own: cpuSeconds(Deno.pid),
    machine: machineSeconds(),
    at: performance.now(),
  });
  const resident = [residentBytes(server.pid)];
  await load.begin();
  const before = cpu();
  const timer = setInterval(() => resident.push(residentBytes(server.pid)), RESIDENT_MS);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  clearInterval(timer);
  const after = cpu();
  const groups = await load.end();

  const elapsed = (after.at - before.at) / 1000;
  const reports = Object.values(groups);
  const sum = (key: "received" | "lost" | "unreported" | "repeated" | "ended") =>
    reports.reduce((total, report) => total + report[key], 0);
  const latencies = reports.flatMap((report) => report.latencies);
  const received = sum("received");
  const faults = reports.flatMap((report) => report.faults);
  const used = after.server - before.server;
  // A process that has ended meanwhile (it only answered for a schema) reads as 0.
  const eachDriver = after.children.map((seconds, i) => Math.max(0, seconds - before.children[i]));
  const drivers = eachDriver.reduce((sum, seconds) => sum + seconds, 0);
  const loaded = after.load - before.load;
  const others = after.machine - before.machine - used - drivers - loaded - (after.own - before.own);
  return {
    seconds: elapsed,
    received,
    eventsPerSecond: received / elapsed,
    serverCores: used / elapsed,
    driverCores: drivers / elapsed,
    busiestDriver: Math.max(0, ...eachDriver) / elapsed,
    loadCores: loaded / elapsed,
    otherCores: Math.max(0, others) / elapsed,
    serverPerMillion: used / received * 1e6,
    driverPerMillion: drivers / received * 1e6,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    lost: sum("lost"),
    unreported: sum("unreported"),
    wrong: sum("repeated") + sum("ended") + faults.length,
    faults,
    resident,
    groups,
  };
}
