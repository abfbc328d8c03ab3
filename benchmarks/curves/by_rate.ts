import type { CurveRun, Point } from "../curve.ts";
import { growth } from "../statistics.ts";
import { daemonContender, OURS } from "../workload.ts";

const RATES = [1, 10, 100, 1_000, 10_000, 50_000, 100_000, 200_000];
const FEW = [10, 1_000, 100_000];

/** A slow stream is measured for longer: the kernel counts CPU time in hundredths of a second. */
const MIN_EVENTS = 20;

export const byRate: CurveRun = {
  id: "rate",
  title: "rate of one device, one reader",
  async run(context) {
    const points: Point[] = [];
    for (const x of context.quick ? FEW : RATES) {
      context.progress(`${x} Hz`);
      const device = { id: "clock1", driver: "Metered", options: { sample_rate: x } };
      const groups = [{ name: "reader", path: "/stream/devices/clock1", readers: 1, check: "scan" as const }];
      const longer = { ...context, seconds: Math.max(context.seconds, MIN_EVENTS / x) };
      points.push({ x, figures: await daemonContender(longer, [device], groups).run() });
    }
    const exponent = growth(points.filter(({ x }) => x >= 10).map(({ x, figures }) => [x, figures.serverCores]));
    return {
      ...{ id: this.id, title: this.title, x: "Hz", lines: new Map([[OURS, points]]) },
      columns: {
        "events/s": ({ figures }) => figures.eventsPerSecond,
        "daemon cores": ({ figures }) => figures.serverCores,
        "driver cores": ({ figures }) => figures.driverCores,
        "daemon µs/event": ({ figures }) => figures.serverPerMillion,
        "driver µs/event": ({ figures }) => figures.driverPerMillion,
        "p50 ms": ({ figures }) => figures.p50,
        "p99 ms": ({ figures }) => figures.p99,
        lost: ({ figures }) => figures.lost + figures.unreported,
      },
      notes: Number.isFinite(exponent)
        ? [`From 10 Hz on, the daemon's CPU grows as rate^${exponent.toPrecision(3)} (1 is linear).`]
        : [],
    };
  },
};
