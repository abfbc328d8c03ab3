import type { Rounds } from "../rounds.ts";
import { interleave, typical } from "../rounds.ts";
import { atMost, baselineContender, type Check, daemonContender, figure, noGap, type Workload } from "../workload.ts";

/** Slow devices are watched longer, and yet the p99 of a round of the slowest is nearly its worst. */
const RATES = [{ rate: 10, longer: 2 }, { rate: 100, longer: 1.5 }, { rate: 1_000, longer: 1 }];

export const latency: Workload = {
  id: "W5",
  title: "latency, driver yield to reader, 1 reader at 10, 100, 1,000 Hz",
  async run(context) {
    const all: Rounds = new Map();
    const checks: Check[] = [];
    for (const { rate, longer } of RATES) {
      const longerRun = { ...context, seconds: context.seconds * longer };
      const groups = [{
        ...{ name: "reader", path: "/stream/devices/clock1", readers: 1 },
        ...{ check: "scan" as const, stamp: "payload" as const },
      }];
      const device = { id: "clock1", driver: "Metered", options: { sample_rate: rate } };
      const [ours, floor] = [`LabDaemon ${rate} Hz`, `floor ${rate} Hz`];
      const rounds = await interleave(
        [
          daemonContender(longerRun, [device], groups, ours),
          { ...baselineContender(longerRun, "floor", { rate, payload: "clock" }, groups), name: floor },
        ],
        context.rounds,
        context.progress,
      );
      for (const [name, figures] of rounds) all.set(name, figures);
      checks.push(noGap(rounds, ours));
      if (rate <= 100) {
        const p50 = typical(rounds, ours, (it) => it.p50);
        checks.push({ what: `p50 at ${rate} Hz`, target: "< 1 ms", measured: `${figure(p50)} ms`, met: p50 < 1 });
      }
      const behind = typical(rounds, ours, (it) => it.p99) - typical(rounds, floor, (it) => it.p99);
      checks.push(atMost(`p99 at ${rate} Hz behind the floor's`, 3, behind, " ms"));
    }
    return { rounds: all, checks };
  },
};
