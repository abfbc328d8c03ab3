/**
 * The faults of instruments on the network, played at random to a device that streams: for any driver that asks its
 * instrument in lines of text.
 *
 * @module
 */
import { ok } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import type { Driver } from "../../lib/driver/mod.ts";
import { type Answer, type Answers, type FakeInstrument, fakeInstrument } from "../../lib/testing/mod.ts";
import { Watch } from "./watch.ts";

/** A driver under faults. */
export interface FaultTarget {
  driver: Driver;
  /** The params of the device. Its limits should be short: the silence of an instrument takes so long. */
  params(instrument: FakeInstrument): Record<string, unknown>;
  options?: Record<string, unknown>;
  /** The right answers. */
  answers: Answers;
  /** True if a sample has the right answers to its own questions. */
  isRight(payload: unknown): boolean;
  /** The limit of one answer, in milliseconds, as `params` has it. */
  timeoutMs: number;
}

/** What happened. */
export interface FaultReport {
  /** The faults, in order. */
  played: string[];
  /** The faults after which the device connected again. */
  broken: string[];
  /** The longest time from the return of the instrument to the next right sample, in milliseconds. */
  longestMs: number;
}

interface Fault {
  begin(instrument: FakeInstrument): void | Promise<void>;
  /** True if the driver must notice. Others it may survive. */
  mustBreak?: boolean;
}

const text = new TextEncoder();

/** A fault of each answer. */
const answers = (garble: (answer: string, random: Random) => Answer) => (random: Random): Fault => ({
  begin: (instrument) => void (instrument.garble = (answer) => garble(answer, random)),
});

/** The same, where the question is not answered in time. */
const silence = (garble: (answer: string) => Answer) => (): Fault => ({
  begin: (instrument) => void (instrument.garble = garble),
  mustBreak: true,
});

/** All faults, by their names. */
const FAULTS: Readonly<Record<string, (random: Random, target: FaultTarget) => Fault>> = {
  "connection refused": () => ({ begin: (instrument) => instrument.drop(), mustBreak: true }),
  "connection closed": () => ({ begin: (instrument) => instrument.closeConnections(), mustBreak: true }),
  "peer restarted": () => ({
    begin: async (instrument) => {
      await instrument.drop();
      await instrument.restore();
    },
    mustBreak: true,
  }),
  "slow boot": () => ({
    begin: async (instrument) => {
      await instrument.drop();
      instrument.garble = () => undefined;
      await instrument.restore();
    },
    mustBreak: true,
  }),
  "silent": silence(() => undefined),
  "half an answer": silence((answer) => text.encode(answer.slice(0, Math.ceil(answer.length / 2)))),
  "wrong line end": silence((answer) => text.encode(`${answer}\r`)),
  "1 MB without a line end": silence(() => new Uint8Array(1024 * 1024).fill(49)),
  "late answer": (_, { timeoutMs }) => ({
    begin: (instrument) => void (instrument.delayMs = 2 * timeoutMs),
    mustBreak: true,
  }),
  "garbage": answers((_, random) => Uint8Array.from({ length: 20 }, () => 128 + random(128))),
  "garbage with line ends": answers((_, random) =>
    Uint8Array.from({ length: 40 }, () => random(4) === 0 ? 10 : 128 + random(128))
  ),
  "NUL bytes": answers((answer) => `\0${answer}\0`),
  "two answers": answers((answer) => `${answer}\n${answer}`),
  "an answer and the beginning of another": answers((answer) => text.encode(`${answer}\n${answer}`)),
  "single bytes": () => ({
    begin: (instrument) => void (instrument.cut = (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))),
  }),
};

/** Returns a whole number from 0 to below `limit`. */
type Random = (limit: number) => number;

/** A sequence of numbers that looks random and is the same for the same seed. */
export function seeded(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const DELAYS = { maxRestarts: 0, windowMs: 60_000, initialDelayMs: 1, maxDelayMs: 5 };

/**
 * Plays random faults, one after the other, to a device that streams. After each the instrument is right again, and the
 * next right sample is awaited. Fails for a sample with an answer to another question, for a fault that the device had to
 * notice and did not, and for a state that was not reported. A descriptor or a timer that is left fails the test that calls it.
 */
export async function playFaults(target: FaultTarget, { seed, count }: { seed: number; count: number }) {
  const random = seeded(seed);
  const names = Object.keys(FAULTS);
  const report: FaultReport = { played: [], broken: [], longestMs: 0 };
  await using instrument = fakeInstrument({ answers: target.answers });
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { [target.driver.name]: target.driver } });
  const device = await daemon.addDevice("device1", target.driver.name, target.params(instrument), {
    streaming: "always",
    options: target.options ?? {},
    restart: DELAYS,
    limits: { connectMs: 3_000 },
  });
  using watch = new Watch(device);
  const isRight = (fault: string) => ({ event, payload }: { event: string; payload?: unknown }) => {
    if (event !== "device_data") return false;
    ok(target.isRight(payload), `after "${fault}": a wrong sample, ${JSON.stringify(payload)}`);
    return true;
  };
  // A busy machine may exceed the short limits: the device tries again.
  await device.connect().catch(() => {});
  await watch.next(isRight("nothing"));
  for (let i = 0; i < count; i++) {
    // Each fault once, then any.
    const name = names[i < names.length ? i : random(names.length)];
    const fault = FAULTS[name](random, target);
    report.played.push(name);
    const before = watch.states.length;
    await fault.begin(instrument);
    if (fault.mustBreak) {
      const { error } = await watch.next((event) => event.state === "retrying" || (isRight(name)(event), false));
      ok(error, `${name}: the state has its reason`);
    } else {
      // A few answers with the fault, if the driver survives it.
      const count = watch.events.length;
      await watch.next((event) =>
        event.state === "retrying" || (isRight(name)(event), watch.events.length > count + 3)
      );
    }
    instrument.garble = instrument.cut = undefined;
    instrument.delayMs = 0;
    await instrument.restore();
    const returned = performance.now();
    const { sequence } = device.status().stream;
    await watch.next((event) => isRight(name)(event) && Number(event.sequence) > sequence);
    report.longestMs = Math.max(report.longestMs, performance.now() - returned);
    if (watch.states.slice(before).includes("retrying")) report.broken.push(name);
  }
  ok(watch.states.every((state) => state !== "faulted"), "no fault of the instrument counts as one of the driver");
  await device.disconnect();
  return report;
}
