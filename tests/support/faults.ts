/**
 * Faults of instruments, played at random to a device that streams.
 *
 * @module
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { delay } from "../../lib/async/mod.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import type { DeviceFunctions, Driver } from "../../lib/driver/mod.ts";
import { Watch } from "./watch.ts";

/** A fault of an instrument. */
export interface Fault {
  begin(random: Random): void | Promise<void>;
  /** True if the driver must notice. Others it may survive. */
  mustBreak?: boolean;
}

/** A driver under faults. */
export interface FaultTarget {
  /** It has a safe function. */
  driver: Driver;
  /** The params of the device. Its limits should be short: the silence of an instrument takes so long. */
  params: Record<string, unknown>;
  options?: Record<string, unknown>;
  /** True if a sample has the right answers to its own questions. */
  isRight(payload: unknown): boolean;
  /** True for a sample that says of itself that it is not to be trusted. */
  isMarked?(payload: unknown): boolean;
  /** The faults by their names. */
  faults: Readonly<Record<string, Fault>>;
  /** Ends all faults. */
  heal(): Promise<void>;
  /** The limit of one answer, in milliseconds, as `params` has it. */
  timeoutMs: number;
}

/** The report of a test with faults. */
export interface FaultReport {
  /** The faults, in order. */
  played: string[];
  /** The faults after which the device connected again. */
  broken: string[];
  /** The longest time from the return of the instrument to the next right sample, in milliseconds. */
  longestMs: number;
}

/** Returns a whole number from 0 to below `limit`. */
export type Random = (limit: number) => number;

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

/** The samples that are awaited during a fault that the driver may survive. */
const SAMPLES = 3;

/** The states that may follow each other. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  disconnected: ["connecting"],
  connecting: ["connected", "streaming", "retrying"],
  connected: ["streaming", "retrying", "disconnected"],
  streaming: ["connected", "retrying", "disconnected"],
  retrying: ["connecting", "disconnected"],
};

/**
 * Plays random faults, one after the other, to a device that streams. After each the instrument is right again, and the
 * next right sample is awaited. Fails for a sample with an answer to another question, for a fault that the device had to
 * notice and did not, for a state that was not reported, and for an instrument that was not made safe or not closed. A
 * descriptor or a timer that is left fails the test that calls it.
 */
export async function playFaults(target: FaultTarget, { seed, count }: { seed: number; count: number }) {
  const random = seeded(seed);
  const names = Object.keys(target.faults);
  const report: FaultReport = { played: [], broken: [], longestMs: 0 };
  const calls: string[][] = [];
  await using daemon = new LabDaemon();
  const { name: type } = target.driver;
  daemon.registerPlugins({ devices: { [type]: withCalls(target.driver, calls) } });
  const device = await daemon.addDevice("device1", type, target.params, {
    streaming: "always",
    options: target.options ?? {},
    restart: DELAYS,
    limits: { connectMs: 3_000 },
  });
  using watch = new Watch(device);
  const isRight = (fault: string) => ({ event, payload }: { event: string; payload?: unknown }) => {
    if (event !== "device_data" || target.isMarked?.(payload)) return false;
    ok(target.isRight(payload), `${type}, after "${fault}": a wrong sample, ${JSON.stringify(payload)}`);
    return true;
  };
  // A busy machine may exceed the short limits: the device tries again.
  await device.connect().catch(() => {});
  await watch.next(isRight("nothing"));
  for (let i = 0; i < count; i++) {
    // Each fault once, then any.
    const name = names[i < names.length ? i : random(names.length)];
    const fault = target.faults[name];
    report.played.push(name);
    const [before, samples] = [watch.states.length, watch.samples.length];
    const isBroken = () => watch.states.slice(before).includes("retrying");
    await fault.begin(random);
    if (fault.mustBreak) {
      const { error } = await watch.next((event) => event.state === "retrying" || (isRight(name)(event), false));
      ok(error, `${type}, ${name}: the state has its reason`);
    } else {
      // A few answers with the fault, if the driver survives it and gets any.
      for (let waited = 0; waited < target.timeoutMs / 2 && !isBroken(); waited += 5) {
        if (watch.samples.length > samples + SAMPLES) break;
        await delay(5);
      }
    }
    await target.heal();
    const returned = performance.now();
    const { sequence } = device.status().stream;
    await watch.next((event) => isRight(name)(event) && Number(event.sequence) > sequence);
    report.longestMs = Math.max(report.longestMs, performance.now() - returned);
    if (isBroken()) report.broken.push(name);
  }
  ok(watch.states.every((state) => state !== "faulted"), "no fault of the instrument counts as one of the driver");
  await device.disconnect();
  assertSteps(watch.states.map(String));
  // What was connected and failed was made safe, and all was closed.
  const failures = watch.states.filter((state, i, all) =>
    state === "retrying" && ["connected", "streaming"].includes(String(all[i - 1]))
  );
  const ends = calls.map((names) => [...new Set(names)].join());
  equal(
    ends.filter((it) => it !== "disconnect").map((it) => [type, it]),
    failures.map(() => [type, "safe,disconnect"]),
  );
  return report;
}

function assertSteps(states: string[]): void {
  states.slice(1).forEach((state, i) => ok(STEPS[states[i]]?.includes(state), `from ${states[i]} to ${state}`));
}

/** The driver. For each of its devices, the functions that are called at its end are noted. */
function withCalls(driver: Driver, all: string[][]): Driver {
  return {
    ...driver,
    create(params) {
      const device: DeviceFunctions<Record<string, unknown>, unknown> = driver.create(params);
      const calls: string[] = [];
      all.push(calls);
      return {
        ...device,
        async safe(reason: string, signal: AbortSignal) {
          calls.push("safe");
          await device.safe!(reason, signal);
        },
        async disconnect(signal: AbortSignal) {
          calls.push("disconnect");
          await device.disconnect!(signal);
        },
      };
    },
  };
}
