import { install } from "@sinonjs/fake-timers";

/** Time that stands still until the test turns it. */
export interface FakeTime extends Disposable {
  /** Turns time on by `ms`. Timers run as they come due, and after each of them whatever it resolves. */
  tick(ms: number): Promise<void>;
  /** Turns time on by `ms` at once, as a blocked event loop sees it: each timer that is due runs once, late. */
  jump(ms: number): void;
  /** Sets the wall clock. The monotonic clock and the timers do not notice. */
  setClock(ms: number): void;
  /** The number of pending timers. */
  readonly timers: number;
}

/**
 * Takes `setTimeout`, `setInterval`, `Date` and `performance` into the test's hands until disposed (not
 * `AbortSignal.timeout`). A timer that is left behind then becomes a real one, so that the leak sanitizer finds it.
 *
 * `setImmediate` stays real: it waits for the event loop, not for time. Packets of a process that wait for their turn would
 * wait for ever in time that stands still.
 *
 * Timers count in whole milliseconds and, as real ones do, a timer set by a timer takes at least one.
 *
 * @example
 * ```ts
 * import { delay } from "../../lib/async/mod.ts";
 * import { fakeTime } from "./time.ts";
 *
 * using time = fakeTime();
 * const done = delay(100);
 * await time.tick(100);
 * await done;
 * ```
 */
export function fakeTime(start: Date = new Date("2026-11-22T06:00:00Z")): FakeTime {
  const clock = install({
    now: start,
    toFake: [
      "setTimeout",
      "clearTimeout",
      "setInterval",
      "clearInterval",
      "Date",
      "performance",
    ],
  });
  return {
    async tick(ms) {
      // What was begun before belongs to the time before; what the last timer has begun, to the time that it has become.
      await twoTurns();
      await clock.tickAsync(ms);
      await twoTurns();
    },
    jump: (ms) => void clock.jump(ms),
    setClock: (ms) => clock.setSystemTime(ms),
    get timers() {
      return clock.countTimers();
    },
    [Symbol.dispose]() {
      const leaks = clock.countTimers() > 0;
      clock.uninstall();
      // Not thrown from here: that would hide the failed assertion which most often is the reason.
      if (leaks) setTimeout(function aTimerIsLeftBehind() {}, 1_000);
    },
  };
}

/** Lets the event loop turn twice: what waits for its turn may begin something that waits for the next one. */
async function twoTurns(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Sets the wall clock of this process by `ms`, until disposed. Timers and the monotonic clock are real and do not notice. */
export function setClock(ms: number): Disposable {
  const { now } = Date;
  Date.now = () => now() + ms;
  return { [Symbol.dispose]: () => void (Date.now = now) };
}

/** `performance.now()` that stands still until it is advanced. */
export function setPerformance(): Disposable & { advance(ms: number): void } {
  const { now } = performance;
  // Whole milliseconds: sums of fractions are not exact.
  let ms = Math.ceil(now.call(performance));
  performance.now = () => ms;
  return {
    advance: (more) => void (ms += more),
    [Symbol.dispose]: () => void (performance.now = now),
  };
}
