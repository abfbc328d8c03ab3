import type { CurveRun, Point } from "../curve.ts";
import { proportionalBytes, residentBytes } from "../proc.ts";
import { startDaemon } from "../server.ts";
import { growth, median } from "../statistics.ts";
import { figure, OURS, pause, session } from "../workload.ts";

const DEVICES = [1, 10, 50, 100, 200];
const FEW = [1, 10];
const RATE = 10;

/** A driver's process that only answered for its schemas ends after 5 s of silence; what is left are the devices'. */
const INSPECTORS_GONE_S = 6;

export const byDevices: CurveRun = {
  id: "devices",
  title: "devices at 10 Hz, one reader each",
  async run(context) {
    const points: Point[] = [];
    const startSeconds = new Map<number, number>();
    const idle: { devices: number; resident: number; driver: number }[] = [];
    for (const x of context.quick ? FEW : DEVICES) {
      context.progress(`${x} devices`);
      const devices = Array.from({ length: x }, (_, i) => ({
        ...{ id: `daq${i}`, driver: "StreamingDAQ", options: { sample_rate: RATE } },
      }));
      const begun = performance.now();
      const start = async () => {
        const daemon = await startDaemon(context.machine, devices);
        startSeconds.set(x, (performance.now() - begun) / 1000);
        await pause(INSPECTORS_GONE_S);
        const driver = median(daemon.children().map(proportionalBytes));
        idle.push({ devices: x, resident: residentBytes(daemon.pid), driver });
        return daemon;
      };
      const group = { name: "each", path: "/stream/devices/daq{i}", readers: x, check: "scan" as const, sampled: x };
      points.push({ x, figures: await session(context, start, [group]) });
    }
    const [few, many] = [idle[0], idle.at(-1)!];
    const each = (many.resident - few.resident) / (many.devices - few.devices);
    const exponent = growth(points.filter(({ x }) => x >= 10).map(({ x, figures }) => [x, figures.serverCores]));
    return {
      ...{ id: this.id, title: this.title, x: "devices", lines: new Map([[OURS, points]]) },
      columns: {
        "events/s": ({ figures }) => figures.eventsPerSecond,
        "daemon cores": ({ figures }) => figures.serverCores,
        "driver cores": ({ figures }) => figures.driverCores,
        "CPU s/M": ({ figures }) => figures.serverPerMillion,
        "p50 ms": ({ figures }) => figures.p50,
        "p99 ms": ({ figures }) => figures.p99,
        lost: ({ figures }) => figures.lost + figures.unreported,
        "s until connected": ({ x }) => startSeconds.get(x) ?? NaN,
      },
      notes: [
        ...exponent ? [`From 10 devices on, the daemon's CPU grows as devices^${figure(exponent)} (1 is linear).`] : [],
        `An idle device costs ${figure(each / 1e6)} MB resident in the daemon and a process of ` +
        `${figure(many.driver / 1e6)} MB (its share of shared pages included).`,
      ],
    };
  },
};
