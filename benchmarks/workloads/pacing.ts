import { interleave } from "../rounds.ts";
import { atMost, daemonContender, noGap, OURS, type Workload } from "../workload.ts";
import { median } from "../statistics.ts";

const RATES = [10, 100, 1_000, 10_000];
const SECONDS = 10;

/** There is no baseline, and one round is long. */
const MAX_ROUNDS = 3;

export const pacing: Workload = {
  id: "W10",
  title: "pacing at 10 Hz to 10 kHz over 10 s",
  async run(context) {
    const devices = RATES.map((rate) => ({
      ...{ id: `daq${rate}`, driver: "StreamingDAQ", options: { sample_rate: rate } },
    }));
    const groups = RATES.map((rate) => ({
      ...{ name: `${rate} Hz`, path: `/stream/devices/daq${rate}`, readers: 1, check: "scan" as const },
      sampleEvery: Math.max(1, rate / 1_000),
    }));
    const seconds = context.quick ? context.seconds : SECONDS;
    const rounds = await interleave(
      [daemonContender({ ...context, seconds }, devices, groups)],
      Math.min(context.rounds, MAX_ROUNDS),
      context.progress,
    );
    const off = (rate: number) =>
      median(rounds.get(OURS)!.map(({ groups }) => {
        const { sequences, deviceMs } = groups[`${rate} Hz`].span ?? { sequences: NaN, deviceMs: NaN };
        return Math.abs(sequences / deviceMs * 1000 / rate - 1) * 100;
      }));
    return {
      rounds,
      checks: [noGap(rounds), ...RATES.map((rate) => atMost(`rate at ${rate} Hz, off by`, 0.1, off(rate), " %"))],
      notes: ["All four devices run at the same time. The rate is by sequence and the device's clock."],
    };
  },
};
