import type { ReaderGroup } from "../load.ts";
import { interleave, typical } from "../rounds.ts";
import { startDaemon } from "../server.ts";
import { atMost, noGap, session, type Workload } from "../workload.ts";

const CLOCK = { id: "clock1", driver: "Metered", options: { sample_rate: 100 } };
const watcher: ReaderGroup = {
  ...{ name: "other", path: "/stream/devices/clock1", readers: 1, check: "scan", stamp: "payload" },
};

/** The waveform's own latency is not what is asked for: only the other device's reader is sampled. */
const reader: ReaderGroup = {
  ...{
    name: "waveform",
    path: "/stream/devices/wave1",
    readers: 1,
    check: "json",
    sampleEvery: Number.MAX_SAFE_INTEGER,
  },
};

export const waveforms: Workload = {
  id: "W7",
  title: "waveforms, 1,000 × 1,024 float64 a second",
  async run(context) {
    const longer = { ...context, seconds: context.seconds * 2 };
    const run = (driver: string, groups: ReaderGroup[]) => () =>
      session(
        longer,
        () => startDaemon(context.machine, [CLOCK, { id: "wave1", driver, options: { sample_rate: 1_000 } }]),
        groups,
      );
    const rounds = await interleave(
      [
        { name: "other alone", run: run("Waveform", [watcher]) },
        { name: "beside base64", run: run("Waveform", [watcher, reader]) },
        { name: "beside JSON", run: run("WaveformJson", [watcher, reader]) },
      ],
      context.rounds,
      context.progress,
    );
    const p99 = (name: string) => typical(rounds, name, (it) => it.p99);
    return {
      rounds,
      checks: ["beside base64", "beside JSON"].flatMap((name) => [
        noGap(rounds, name),
        atMost(`the other device's p99 ${name}, behind alone`, 5, p99(name) - p99("other alone"), " ms"),
      ]),
    };
  },
};
