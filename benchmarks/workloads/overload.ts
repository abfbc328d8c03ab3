import { Load } from "../load.ts";
import { type Figures, measure } from "../measure.ts";
import { type Rounds, typical } from "../rounds.ts";
import { type Daemon, startBaseline, startDaemon } from "../server.ts";
import { rise } from "../statistics.ts";
import {
  atLeast,
  atMost,
  type Check,
  type Context,
  figure,
  OURS,
  pause,
  readersOf,
  type Workload,
} from "../workload.ts";

const READERS = 1_000;
const RATE = 10_000;

/** A quarter of the usual ring, 2.4 s of this device: the usual one would hide a small overload for minutes. */
const RING = { max_bytes: 4 * 1024 * 1024 };
const DEVICE = { id: "clock1", driver: "Metered", options: { sample_rate: RATE }, ring: RING };
const GROUPS = readersOf(DEVICE.id, READERS, { sampleEvery: 101 });

/** Readers begin at the head and fall behind until the ring overtakes them. */
const FALL_BEHIND_S = 30;

/** Waits until the ring has overtaken readers, so that what is measured is the steady state of an overload. */
async function fallBehind(daemon: Daemon, load: Load): Promise<Figures[]> {
  const windows: Figures[] = [];
  for (let waited = 0; waited < FALL_BEHIND_S; waited += 2) {
    windows.push(await measure(daemon, load, 2));
    if (windows.at(-1)!.lost > 0) break;
  }
  return windows;
}

/** Pauses the device, lets every reader get to the end, and compares what each has with what was produced. */
async function account(daemon: Daemon, load: Load): Promise<Check> {
  await daemon.post(`/devices/${DEVICE.id}/call`, { method: "set_rate", kwargs: { hz: 0 } });
  const produced = await lastSequence(daemon);
  const { settled, accounts } = await load.settle(produced, 20_000);
  const exact = accounts.filter(({ first, received, lost }) => received + lost === produced - first).length;
  return {
    what: "readers for which received + lost = produced, to the last sample",
    target: String(READERS),
    measured: `${Math.min(settled, exact)}`,
    met: settled === READERS && exact === READERS,
  };
}

/** The sequence of a device that pauses, once all that was under way has come: it no longer moves. */
async function lastSequence(daemon: Daemon): Promise<number> {
  let last = -1;
  for (;;) {
    const { stream } = await daemon.get(`/devices/${DEVICE.id}`) as { stream: { sequence: number } };
    if (stream.sequence === last) return last;
    last = stream.sequence;
    await pause(1);
  }
}

async function ours({ machine, rounds, seconds, progress }: Context) {
  const daemon = await startDaemon(machine, [DEVICE]);
  try {
    await using load = await Load.open(machine, daemon.port, GROUPS);
    progress("until readers are overtaken");
    const before = await fallBehind(daemon, load);
    const windows: Figures[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}: ${OURS}`);
      windows.push(await measure(daemon, load, seconds));
    }
    return { before, windows, accounted: await account(daemon, load) };
  } finally {
    await daemon.stop();
  }
}

async function floor({ machine, rounds, seconds, progress }: Context): Promise<Figures[]> {
  const server = await startBaseline(machine, "floor", { rate: RATE, readers: READERS });
  try {
    await using load = await Load.open(
      machine,
      server.port,
      GROUPS.map((group) => ({ ...group, check: "scan" as const })),
    );
    await pause(2);
    const windows: Figures[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}: floor`);
      windows.push(await measure(server, load, seconds));
    }
    return windows;
  } finally {
    await server.stop();
  }
}

export const overload: Workload = {
  id: "W9",
  title: "1,000 readers × 10 kHz, more than any machine of this size can carry",
  async run(context) {
    const { before, windows, accounted } = await ours(context);
    const rounds: Rounds = new Map([[OURS, windows], ["floor", await floor(context)]]);
    const unreported = [...before, ...windows].reduce((sum, it) => sum + it.unreported + it.wrong, 0);
    const faults = [...before, ...windows].flatMap(({ faults }) => faults);
    const made = typical(
      rounds,
      OURS,
      ({ groups: { verified: { span } } }) => span ? span.sequences / span.deviceMs * 1e3 : NaN,
    );
    const reported = [...before, ...windows].reduce((sum, it) => sum + it.lost, 0);
    const rates = typical(rounds, OURS, ({ eventsPerSecond }) => eventsPerSecond);
    return {
      rounds,
      checks: [
        atLeast("events/s delivered", 4_000_000, rates),
        { what: "lost without a gap", target: "0", measured: String(unreported), met: unreported === 0 },
        accounted,
        atMost(
          "rise of resident memory over the run",
          5,
          100 * rise(windows.flatMap(({ resident }) => resident)),
          " %",
        ),
      ],
      notes: [
        "The rounds of each server are consecutive stretches of one run. " +
        `From the first sample on, ${figure(reported)} were reported as lost in gaps. The device made ${
          figure(made)
        } samples/s: a daemon without time to read its pipe slows the driver down.`,
        ...faults.slice(0, 3),
      ],
    };
  },
};
