import { ratio } from "../rounds.ts";
import { interleave } from "../rounds.ts";
import {
  atLeast,
  atMost,
  baselineContender,
  BASELINES,
  type Context,
  daemonContender,
  noGap,
  OURS,
  readersOf,
  type Workload,
} from "../workload.ts";

const READERS = 1_000;

/** One device to a thousand readers, against all baselines. */
function fanOut(context: Context, rate: number) {
  const groups = readersOf("daq1", READERS);
  const device = { id: "daq1", driver: "StreamingDAQ", options: { sample_rate: rate } };
  const contenders = [
    daemonContender(context, [device], groups),
    ...BASELINES.map((name) => baselineContender(context, name, { rate }, groups)),
  ];
  return interleave(contenders, context.rounds, context.progress);
}

export const fastFanOut: Workload = {
  id: "W1",
  title: "one device 1 kHz, 1,000 readers (1,000,000 events/s)",
  async run(context) {
    const rounds = await fanOut(context, 1_000);
    const cost = ({ serverPerMillion }: { serverPerMillion: number }) => serverPerMillion;
    return {
      rounds,
      checks: [
        noGap(rounds),
        atMost("CPU per event against the floor", 1.25, ratio(rounds, OURS, "floor", cost), " ×"),
        atLeast("cheaper than the streamSSE loop", 8, ratio(rounds, "stream_sse", OURS, cost), " ×"),
      ],
    };
  },
};

export const slowFanOut: Workload = {
  id: "W2",
  title: "one device 100 Hz, 1,000 readers",
  async run(context) {
    const rounds = await fanOut(context, 100);
    const cost = ({ serverPerMillion }: { serverPerMillion: number }) => serverPerMillion;
    return {
      rounds,
      checks: [
        noGap(rounds),
        atMost("CPU per event against the floor", 1.5, ratio(rounds, OURS, "floor", cost), " ×"),
      ],
    };
  },
};
