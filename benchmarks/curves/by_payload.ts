import type { Cost, CurveRun, Point } from "../curve.ts";
import { growth } from "../statistics.ts";
import { daemonContender, figure, OURS } from "../workload.ts";

const BYTES = [8, 64, 1_024, 8_192, 65_536, 1_048_576, 8_000_000];
const FEW = [8, 8_192, 8_000_000];

/** Bytes a second before base64, so that large payloads come seldom. */
const FLOW = 40_000_000;
const FASTEST = 1_000;

const COST: Cost = {
  what: "CPU s per GB of payload, daemon and driver",
  of: ({ x, figures: { serverPerMillion, driverPerMillion } }) => (serverPerMillion + driverPerMillion) * 1_000 / x,
};

export const byPayload: CurveRun = {
  id: "payload",
  title: "payload size (float64 as base64), one reader",
  async run(context) {
    const points: Point[] = [];
    for (const x of context.quick ? FEW : BYTES) {
      context.progress(`${x} bytes`);
      const device = {
        ...{ id: "wave1", driver: "Waveform", params: { points: x / 8 } },
        options: { sample_rate: Math.min(FASTEST, FLOW / x) },
      };
      const groups = [{ name: "reader", path: "/stream/devices/wave1", readers: 1, check: "scan" as const }];
      points.push({ x, figures: await daemonContender(context, [device], groups).run() });
    }
    const large = points.filter(({ x }) => x >= 8_192);
    const exponent = growth(large.map(({ x, figures }) => [x, figures.serverPerMillion]));
    return {
      ...{ id: this.id, title: this.title, x: "bytes", lines: new Map([[OURS, points]]), cost: COST },
      columns: {
        "events/s": ({ figures }) => figures.eventsPerSecond,
        "MB/s": ({ figures }) => figures.groups.reader.bytes / figures.seconds / 1e6,
        "daemon µs/event": ({ figures }) => figures.serverPerMillion,
        "driver µs/event": ({ figures }) => figures.driverPerMillion,
        "s/GB": COST.of,
        "p50 ms": ({ figures }) => figures.p50,
        "p99 ms": ({ figures }) => figures.p99,
        lost: ({ figures }) => figures.lost + figures.unreported,
      },
      notes: [
        `From 8 kB on, the daemon's CPU for each event grows as bytes^${figure(exponent)} (1 is linear). ` +
        "p50 and p99 end when the event's first bytes are here.",
      ],
    };
  },
};
