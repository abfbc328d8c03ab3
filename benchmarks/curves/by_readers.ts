import type { CurveRun, Point } from "../curve.ts";
import { growth } from "../statistics.ts";
import { baselineContender, BASELINES, daemonContender, figure, OURS, readersOf } from "../workload.ts";

/** The daemon refuses more than 5,000 streams; the floor does not. */
const READERS = [1, 10, 100, 1_000, 2_000, 5_000, 10_000];
const FEW = [1, 100, 1_000];
const RATE = 100;

export const byReaders: CurveRun = {
  id: "readers",
  title: "readers of one device at 100 Hz",
  async run(context) {
    const lines = new Map<string, Point[]>([OURS, ...BASELINES].map((name) => [name, []]));
    const broken: string[] = [];
    const device = { id: "daq1", driver: "StreamingDAQ", options: { sample_rate: RATE } };
    for (const x of context.quick ? FEW : READERS) {
      const groups = readersOf("daq1", x);
      for (
        const { name, run } of [
          daemonContender(context, [device], groups),
          ...BASELINES.map((name) => baselineContender(context, name, { rate: RATE }, groups)),
        ]
      ) {
        context.progress(`${x} readers: ${name}`);
        // A server that breaks down at so many readers is a result too.
        await run().then(
          (figures) => lines.get(name)!.push({ x, figures }),
          (error) =>
            broken.push(
              `${name} did not serve ${figure(x)} readers: ${error.message.split("\n")[1] ?? error.message}.`,
            ),
        );
      }
    }
    const exponent = growth(
      lines.get(OURS)!.filter(({ x }) => x >= 100).map(({ x, figures }) => [x, figures.serverCores]),
    );
    return {
      ...{ id: this.id, title: this.title, x: "readers", lines },
      columns: {
        "events/s": ({ figures }) => figures.eventsPerSecond,
        cores: ({ figures }) => figures.serverCores,
        "CPU s/M": ({ figures }) => figures.serverPerMillion,
        "p50 ms": ({ figures }) => figures.p50,
        "p99 ms": ({ figures }) => figures.p99,
        lost: ({ figures }) => figures.lost + figures.unreported,
        "load cores": ({ figures }) => figures.loadCores,
      },
      notes: [`From 100 readers on, the daemon's CPU grows as readers^${figure(exponent)} (1 is linear).`, ...broken],
    };
  },
};
