import type { Load, ReaderGroup } from "../load.ts";
import { interleave, typical } from "../rounds.ts";
import { startDaemon } from "../server.ts";
import { median } from "../statistics.ts";
import { atMost, figure, noGap, OURS, session, type Workload } from "../workload.ts";

const DEVICES = 50;

/** A reader whose newest sample is older has not caught up with the start of all processes. */
const MAX_LAG_MS = 100;

export const manyDevices: Workload = {
  id: "W4",
  title: "50 devices 100 Hz, 1 reader of * and 1 each",
  async run(context) {
    const devices = Array.from({ length: DEVICES }, (_, i) => ({
      id: `daq${i}`,
      driver: "StreamingDAQ",
      options: { sample_rate: 100 },
    }));
    const groups: ReaderGroup[] = [
      { name: "each", path: "/stream/devices/daq{i}", readers: DEVICES, check: "scan", sampled: DEVICES },
      { name: "all", path: "/stream?devices=*", readers: 1, check: "json" },
    ];
    const waits: number[] = [];
    const run = () => {
      const startedAt = performance.now();
      const warmedUp = async (load: Load) => {
        const isUp = await load.catchUp(MAX_LAG_MS);
        waits.push(isUp ? (performance.now() - startedAt) / 1000 : Infinity);
      };
      return session(context, () => startDaemon(context.machine, devices), groups, { warmedUp });
    };
    const rounds = await interleave([{ name: OURS, run }], context.rounds, context.progress);
    return {
      rounds,
      checks: [noGap(rounds), atMost("cores of the daemon", 0.5, typical(rounds, OURS, (it) => it.serverCores))],
      notes: [
        `Counted from when no reader is more than ${MAX_LAG_MS} ms behind: ${
          figure(median(waits))
        } s after the start of ` +
        "the daemon, while its 50 processes start and compile.",
      ],
    };
  },
};
