import type { CurveRun, Point } from "../curve.ts";
import { Load } from "../load.ts";
import { type Figures, measure } from "../measure.ts";
import { residentBytes } from "../proc.ts";
import { startDaemon } from "../server.ts";
import { figure, OURS, pause } from "../workload.ts";

const READERS = [0, 1_000, 4_000];

/** It streams, and yields nothing. */
const SILENT = { id: "clock1", driver: "Metered", options: { sample_rate: 0 } };

export const idleReaders: CurveRun = {
  id: "idle-readers",
  title: "idle readers: memory",
  async run(context) {
    const points: (Point & { resident: number })[] = [];
    for (const x of READERS) {
      context.progress(`${x} idle readers`);
      const daemon = await startDaemon(context.machine, [SILENT]);
      try {
        const path = `/stream/devices/${SILENT.id}`;
        const groups = [{ name: "idle", path, readers: x, check: "scan" as const }];
        await using load = await Load.open(context.machine, daemon.port, groups, { awaitSamples: false });
        await pause(3);
        const figures: Figures = await measure(daemon, load, context.seconds);
        points.push({ x, figures, resident: residentBytes(daemon.pid) });
      } finally {
        await daemon.stop();
      }
    }
    const [none, many] = [points[0], points.at(-1)!];
    const each = (many.resident - none.resident) / many.x;
    return {
      ...{ id: this.id, title: this.title, x: "readers", lines: new Map([[OURS, points]]) },
      columns: {
        "resident MB": ({ x }) => points.find((point) => point.x === x)!.resident / 1e6,
        cores: ({ figures }) => figures.serverCores,
      },
      notes: [`An idle reader costs ${figure(each / 1e3)} kB resident in the daemon, the kernel's socket not counted.`],
    };
  },
};
