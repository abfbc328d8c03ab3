import { interleave, typical } from "../rounds.ts";
import { atMost, baselineContender, daemonContender, noGap, OURS, type Workload } from "../workload.ts";

const RATE = 100_000;

export const oneReader: Workload = {
  id: "W3",
  title: "one device 100 kHz scalar, 1 reader",
  async run(context) {
    const groups = [{
      ...{ name: "reader", path: "/stream/devices/daq1", readers: 1, sampleEvery: 997 },
      check: "scan" as const,
    }];
    const device = { id: "daq1", driver: "StreamingDAQ", options: { sample_rate: RATE } };
    const rounds = await interleave(
      [
        daemonContender(context, [device], groups),
        baselineContender(context, "floor", { rate: RATE }, groups),
      ],
      context.rounds,
      context.progress,
    );
    return {
      rounds,
      checks: [
        noGap(rounds),
        atMost("CPU seconds of the daemon per million", 1, typical(rounds, OURS, (it) => it.serverPerMillion), " s"),
      ],
      notes: ["The floor makes its events in the measured process; the daemon's are made by its driver's process."],
    };
  },
};
