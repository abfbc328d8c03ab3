import { Load } from "../load.ts";
import { type Figures, measure } from "../measure.ts";
import { interleave, ratio, typical } from "../rounds.ts";
import { startDaemon } from "../server.ts";
import { median, rise } from "../statistics.ts";
import { atMost, type Context, figure, noGap, pause, readersOf, session, type Workload } from "../workload.ts";

const READERS = 1_000;
const STALLED = 100;
const DEVICE = { id: "clock1", driver: "Metered", options: { sample_rate: 100 } };

/** Before it counts, the ring (16 MB) and the sockets of those who never read (some 4 MB each) are filled. */
const FILL_RATE = 50_000;
const FILL_S = 4;

const HEALTHY = "1,000 read";
const CROWDED = "900 read, 100 never do";

async function withStalled({ machine, seconds }: Context): Promise<Figures> {
  const daemon = await startDaemon(machine, [DEVICE]);
  try {
    const path = `/stream/devices/${DEVICE.id}`;
    await using _stalled = await Load.open(machine, daemon.port, [
      { name: "stalled", path, readers: STALLED, check: "never" },
    ]);
    const setRate = (hz: number) => daemon.post("/devices/clock1/call", { method: "set_rate", kwargs: { hz } });
    await setRate(FILL_RATE);
    await pause(FILL_S);
    await setRate(100);
    await using load = await Load.open(machine, daemon.port, readersOf(DEVICE.id, READERS - STALLED));
    await pause(1);
    return await measure(daemon, load, seconds);
  } finally {
    await daemon.stop();
  }
}

export const stalledReaders: Workload = {
  id: "W6",
  title: "1,000 readers of which 100 never read, ring at its bound",
  async run(context) {
    const longer = { ...context, seconds: context.seconds * 2 };
    const rounds = await interleave(
      [
        {
          name: HEALTHY,
          run: () => session(longer, () => startDaemon(context.machine, [DEVICE]), readersOf(DEVICE.id, READERS)),
        },
        { name: CROWDED, run: () => withStalled(longer) },
      ],
      context.rounds,
      context.progress,
    );
    const share = ratio(rounds, CROWDED, HEALTHY, (it) => it.eventsPerSecond) * READERS / (READERS - STALLED);
    const cost = ratio(rounds, CROWDED, HEALTHY, (it) => it.serverPerMillion);
    const resident = (name: string) => typical(rounds, name, (it) => median(it.resident)) / 1e6;
    return {
      rounds,
      checks: [
        noGap(rounds, CROWDED),
        atMost("rate of a reader away from W2's", 5, Math.abs(share - 1) * 100, " %"),
        atMost(
          "rise of resident memory over the run",
          5,
          100 * typical(rounds, CROWDED, (it) => rise(it.resident)),
          " %",
        ),
      ],
      notes: [
        `CPU per event is ${figure(cost)} times that with all reading. The daemon has ${
          figure(resident(CROWDED))
        } MB ` +
        `resident, and ${figure(resident(HEALTHY))} MB with all reading and the ring not yet full.`,
        "Causes of the rise: [where the memory of readers goes](#where-the-memory-of-readers-goes).",
      ],
    };
  },
};
