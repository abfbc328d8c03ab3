import { AskedMeter } from "../asked_meter.ts";
import type { Cost, CurveRun, Point } from "../curve.ts";
import { proportionalBytes, residentBytes } from "../proc.ts";
import { type Device, startDaemon } from "../server.ts";
import { growth, median } from "../statistics.ts";
import { figure, pause, session } from "../workload.ts";

const DEVICES = [1, 10, 50, 100, 200];
const FEW = [1, 10];
const RATE = 10;

/** A driver's process that only answered for its schemas ends after 5 s of silence; what is left are the devices'. */
const INSPECTORS_GONE_S = 6;

const options = { sample_rate: RATE };

/** The ways in which devices run. */
const KINDS: Record<string, (instrument: AskedMeter) => Omit<Device, "id">> = {
  "a process each": () => ({ driver: "StreamingDAQ", options }),
  "one process": () => ({ driver: "StreamingDAQ", options, process: "all" }),
  "YAML, one connection": ({ port }) => ({ driver: "AskedMeter", params: { host: "127.0.0.1", port }, options }),
};

const COST: Cost = {
  what: "CPU of daemon and drivers, % of a core for each device",
  of: ({ x, figures: { serverCores, driverCores } }) => 100 * (serverCores + driverCores) / x,
};

export const byDevices: CurveRun = {
  id: "devices",
  title: "devices at 10 Hz, one reader each",
  async run(context) {
    using instrument = new AskedMeter();
    const lines = new Map<string, Point[]>();
    const notes: string[] = [];
    const started = new Map<Point["figures"], number>();
    for (const [name, kind] of Object.entries(KINDS)) {
      const points: Point[] = [];
      lines.set(name, points);
      const idle: { devices: number; resident: number; drivers: number }[] = [];
      for (const x of context.quick ? FEW : DEVICES) {
        context.progress(`${x} devices: ${name}`);
        const devices = Array.from({ length: x }, (_, i) => ({ id: `daq${i}`, ...kind(instrument) }));
        const begun = performance.now();
        let seconds = NaN;
        const start = async () => {
          const daemon = await startDaemon(context.machine, devices);
          seconds = (performance.now() - begun) / 1000;
          await pause(INSPECTORS_GONE_S);
          const drivers = daemon.children().map(proportionalBytes).filter((bytes) => bytes > MIN_DRIVER_BYTES);
          idle.push({ devices: x, resident: residentBytes(daemon.pid), drivers: drivers.reduce((a, b) => a + b, 0) });
          return daemon;
        };
        const group = { name: "each", path: "/stream/devices/daq{i}", readers: x, check: "scan" as const, sampled: x };
        const figures = await session(context, start, [group]);
        points.push({ x, figures });
        started.set(figures, seconds);
      }
      const [few, many] = [idle[0], idle.at(-1)!];
      const of = (key: "resident" | "drivers") => figure((many[key] - few[key]) / (many.devices - few.devices) / 1e6);
      notes.push(
        `${name}: one more idle device takes ${of("resident")} MB in the daemon and ${
          of("drivers")
        } MB in drivers' processes ` +
          "(shared pages by their share).",
      );
      const exponent = growth(points.filter(({ x }) => x >= 10).map(({ x, figures }) => [x, figures.serverCores]));
      if (exponent) {
        notes.push(`${name}: from 10 on, the daemon's CPU grows as devices^${figure(exponent)} (1 is linear).`);
      }
    }
    return {
      ...{ id: this.id, title: this.title, x: "devices", lines, notes, cost: COST },
      columns: {
        "events/s": ({ figures }) => figures.eventsPerSecond,
        "daemon cores": ({ figures }) => figures.serverCores,
        "driver cores": ({ figures }) => figures.driverCores,
        "% of a core each": COST.of,
        "p50 ms": ({ figures }) => figures.p50,
        "p99 ms": ({ figures }) => figures.p99,
        "daemon MB": ({ figures }) => median(figures.resident) / 1e6,
        lost: ({ figures }) => figures.lost + figures.unreported,
        "s until connected": ({ figures }) => started.get(figures) ?? NaN,
      },
    };
  },
};

/** The shells beside the daemon are smaller. */
const MIN_DRIVER_BYTES = 4e6;
