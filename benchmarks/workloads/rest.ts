import { interleave } from "../rounds.ts";
import { type Server, startDaemon } from "../server.ts";
import { median, percentile } from "../statistics.ts";
import { figure, noGap, OURS, pause, readersOf, session, type Workload } from "../workload.ts";

const READERS = 1_000;
const EVERY_S = 0.01;

export const rest: Workload = {
  id: "W8",
  title: "REST GET /devices while W2 runs",
  async run(context) {
    const p50s: number[] = [];
    const p99s: number[] = [];
    const probe = async ({ port }: Server) => {
      const took: number[] = [];
      const end = performance.now() + context.seconds * 1000;
      while (performance.now() < end) {
        const start = performance.now();
        const response = await fetch(`http://127.0.0.1:${port}/devices`);
        await response.json();
        took.push(performance.now() - start);
        await pause(EVERY_S);
      }
      p50s.push(percentile(took, 0.5));
      p99s.push(percentile(took, 0.99));
    };
    const device = { id: "daq1", driver: "StreamingDAQ", options: { sample_rate: 100 } };
    const run = () =>
      session(context, () => startDaemon(context.machine, [device]), readersOf("daq1", READERS), { aside: probe });
    const rounds = await interleave([{ name: OURS, run }], context.rounds, context.progress);
    const p99 = median(p99s);
    return {
      rounds,
      checks: [
        noGap(rounds),
        { what: "p99 of GET /devices", target: "< 50 ms", measured: `${figure(p99)} ms`, met: p99 < 50 },
      ],
      notes: [`The median of GET /devices is ${figure(median(p50s))} ms.`],
    };
  },
};
