import process from "node:process";
import { STREAM_TURNS } from "./turns.ts";

/** The part of a core that this process may use before readers are woken less often. */
const MAX_LOAD = 0.9;

/** The time over which the load is measured. */
const MEASURE_MS = 50;

/** One measurement changes the pace by this factor at most. */
const MAX_FACTOR = 1.5;

/**
 * The limits of the pace, in milliseconds for each reader. A write to one takes 0.006 to 0.015: the shorter pace leaves time
 * for other work, at a median latency of half of it.
 */
const MIN_MS_PER_READER = 0.011;
const MAX_MS_PER_READER = 0.05;

/**
 * The least mean time between chunks for `MANY_READERS` or more, whatever the load: a write costs as much as some 200
 * events in it. For fewer readers, the time is shorter in proportion.
 */
const MANY_READERS_MS = 3.3;
const MANY_READERS = 100;

/**
 * Sets the pace at which the readers of a device are woken: at once while the process has time. The more of a core the
 * process uses, the less often they are woken, with larger chunks.
 */
export class WakePace {
  readonly #cpuMs: () => number;
  #msPerReader = MIN_MS_PER_READER;
  #measuredAt = performance.now();
  #cpu: number;

  /** @param cpuMs The CPU time of this process so far, in milliseconds. */
  constructor(cpuMs: () => number = ownCpuMs) {
    this.#cpuMs = cpuMs;
    this.#cpu = cpuMs();
  }

  /** The mean time between two wakes of so many readers, in milliseconds. */
  interval(readers: number, now: number): number {
    const elapsed = now - this.#measuredAt;
    if (elapsed >= MEASURE_MS) {
      const cpu = this.#cpuMs();
      const factor = (cpu - this.#cpu) / elapsed / MAX_LOAD;
      this.#measuredAt = now;
      this.#cpu = cpu;
      const next = this.#msPerReader * Math.min(MAX_FACTOR, Math.max(1 / MAX_FACTOR, factor));
      this.#msPerReader = Math.min(MAX_MS_PER_READER, Math.max(MIN_MS_PER_READER, next));
    }
    return Math.max(readers * this.#msPerReader, MANY_READERS_MS * Math.min(1, readers / MANY_READERS));
  }
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Wakes between two reads of the clock. A wake that takes long reads it itself. */
const CLOCK_EVERY = 16;

/** Shorter waits are left out: a timer takes a millisecond or two. */
const MIN_WAIT_MS = 0.5;

/**
 * Wakes may be ahead of their pace by this part of the time that they take for all readers: most often a block has just
 * arrived, and a timer would be one more turn of the event loop.
 */
const MAX_AHEAD = 0.7;

/** More readers are woken only after all blocks that arrived together are appended. */
const MAX_AT_ONCE = 16;

/** The load of this process is that of all devices together. */
const PACE = new WakePace();

/**
 * Schedules when readers are woken: all at once while there is time for it, else in turn, as many as the pace of the process
 * allows. The next ones are always those that have waited longest.
 */
export class WakeScheduler {
  readonly #pace: WakePace;
  readonly #wakers = new Set<(now: number) => void>();
  /** Goes round all readers. */
  #round: Iterator<(now: number) => void> = this.#wakers.values();
  /** The number of readers that have not been woken since something new came. */
  #waiting = 0;
  /** The time up to which the wakes so far suffice at this pace. */
  #due = -Infinity;
  /** The timer of the next wake; then the function that gives up its turn. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leaveTurns: (() => void) | undefined;
  /** True until all readers of a wake are woken. */
  #isWaking = false;
  /** True if something came meanwhile. */
  #hasNew = false;

  constructor(pace: WakePace = PACE) {
    this.#pace = pace;
  }

  /**
   * Calls `wake` when there is something new, until the returned function is called.
   *
   * @param wake Gets the time, by `performance.now()`.
   */
  subscribe(wake: (now: number) => void): () => void {
    this.#wakers.add(wake);
    return () => {
      this.#wakers.delete(wake);
      if (this.#wakers.size === 0) this.#cancel();
    };
  }

  /** Wakes readers for new entries, or schedules the wake. Further calls until then share it. */
  schedule(): void {
    this.#waiting = this.#wakers.size;
    this.#hasNew = this.#isWaking;
    // A new wake during a wake would give the first readers two chunks before the last ones get any.
    if (this.#waiting === 0 || this.#leaveTurns || this.#isWaking) return;
    const allowed = this.#allowed(performance.now());
    // A wake of a few readers costs the loop as much as one of many.
    if (allowed.readers < Math.min(this.#waiting, MANY_READERS)) this.#wait(allowed);
    else if (this.#waiting > MAX_AT_ONCE) this.#leaveTurns = STREAM_TURNS.wait(() => this.#wakeNext());
    else this.#wakeNext();
  }

  /** Schedules the wake of those that wait, unless something new comes before. */
  #wait({ ahead, interval }: { ahead: number; interval: number }): void {
    // Rounded up: an early timer would use up the lead that the next block may have. With many readers, the wait is one
    // interval at most.
    const ms = this.#wakers.size > MANY_READERS ? Math.min(ahead, interval) : ahead;
    this.#timer ??= setTimeout(() => this.#wakeNext(), Math.ceil(ms));
  }

  #wakeNext(): void {
    this.#cancel();
    const now = performance.now();
    const { ahead, readers, interval } = this.#allowed(now);
    const { size } = this.#wakers;
    // Readers may have left meanwhile.
    this.#waiting = Math.min(this.#waiting, size);
    const woken = Math.min(this.#waiting, readers);
    this.#waiting -= woken;
    this.#due = now + ahead + interval * woken / size;
    this.#wake(woken);
  }

  /** The lead of the wakes so far over their pace, in milliseconds, and the number of readers that may be woken now. */
  #allowed(now: number): { ahead: number; readers: number; interval: number } {
    const { size } = this.#wakers;
    const interval = this.#pace.interval(size, now);
    const most = interval * (1 + MAX_AHEAD);
    // Few readers get each block of a burst at once: what comes ahead does not add up to a wait.
    const ahead = Math.min(most, Math.max(0, this.#due - now));
    const room = Math.max(interval + MIN_WAIT_MS, most) - ahead;
    return { ahead, interval, readers: Math.floor(room / interval * size) };
  }

  #wake(readers: number): void {
    this.#isWaking = true;
    let isOver = true;
    try {
      let now = performance.now();
      STREAM_TURNS.begin(now);
      let left = Math.min(readers, this.#wakers.size);
      while (left > 0 && !STREAM_TURNS.isOver) {
        const { value: wake, done } = this.#round.next();
        if (done) {
          if (this.#wakers.size === 0) return;
          this.#round = this.#wakers.values();
          continue;
        }
        wake(now);
        if (--left % CLOCK_EVERY === 0) STREAM_TURNS.end(now = performance.now());
      }
      isOver = left === 0;
      if (!isOver) STREAM_TURNS.wait(() => this.#wake(left));
    } finally {
      if (isOver) this.#end();
    }
  }

  #end(): void {
    this.#isWaking = false;
    if (this.#hasNew) this.schedule();
    else if (this.#waiting > 0 && this.#wakers.size > 0) this.#wait(this.#allowed(performance.now()));
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leaveTurns?.();
    this.#leaveTurns = undefined;
  }
}
