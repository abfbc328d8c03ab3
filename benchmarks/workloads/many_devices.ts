import { interleave, typical } from "../rounds.ts";
import { atMost, daemonContender, noGap, OURS, type Workload } from "../workload.ts";

const DEVICES = 50;

export const manyDevices: Workload = {
  id: "W4",
  title: "50 devices 100 Hz, 1 reader of * and 1 each",
  async run(context) {
    const devices = Array.from({ length: DEVICES }, (_, i) => ({
      id: `daq${i}`,
      driver: "StreamingDAQ",
      options: { sample_rate: 100 },
    }));
    const rounds = await interleave(
      [daemonContender(context, devices, [
        { name: "each", path: "/stream/devices/daq{i}", readers: DEVICES, check: "scan", sampled: DEVICES },
        { name: "all", path: "/stream?devices=*", readers: 1, check: "json" },
      ])],
      context.rounds,
      context.progress,
    );
    return {
      rounds,
      checks: [noGap(rounds), atMost("cores of the daemon", 0.5, typical(rounds, OURS, (it) => it.serverCores))],
    };
  },
};
