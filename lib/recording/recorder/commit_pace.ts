/**
 * Data are stored within this time after they have arrived. Together with the daemon's gathering (40 ms), a look at the
 * ring (10 ms) and late timers, a crash of both processes loses at most 250 ms.
 */
const STORED_WITHIN_MS = 190;

/** The longest and the shortest time from the first arrival to its commit. */
const MAX_WAIT_MS = 160;
const MIN_WAIT_MS = 60;

/** The expected duration of the next commit, as a multiple of past ones. */
const MARGIN = 1.25;

/** The expected duration of the first commit. */
const FIRST_COST_MS = 25;

/** The longest duration is multiplied by this at each further commit: half of it is left after some 34. */
const MEMORY = 0.98;

/** The longest pause of other work: `MAX_REST_MS`, or `REST_STEPS` times its longest step if that is more. */
const MAX_REST_MS = 1_000;
const REST_STEPS = 40;

/** The expected duration of the next step, as a multiple of past ones. */
const STEP_MARGIN = 1.5;

/** Data taken within this time after a commit may have arrived while it ran. */
const BESIDE_MS = 20;

/**
 * Decides when to commit, so that data are on the disk within a constant time: the longer recent commits took, late
 * timers included, the earlier the next one begins.
 */
export class CommitPace {
  #costMs = FIRST_COST_MS;
  /** When the first thing has come that is not stored. */
  #since: number | undefined;
  #begunMs = -Infinity;
  #endedMs = -Infinity;
  #dueMs = -Infinity;
  #workedMs = -Infinity;
  /** The longest step of the work beside commits lately, and when the present one has begun. */
  #stepMs = 0;
  #steppingMs: number | undefined;

  /** The time for which something may wait before its commit, in milliseconds. */
  get waitMs(): number {
    return Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, STORED_WITHIN_MS - MARGIN * this.#costMs));
  }

  /** Something is there to store. Returns when to commit it. @param now All times are of one monotonic clock. */
  due(now: number): number {
    this.#since ??= now - this.#endedMs < BESIDE_MS ? this.#begunMs : now;
    return this.#dueMs = this.#since + this.waitMs;
  }

  /** A commit has begun, and stores all that was taken. */
  begin(now: number): void {
    this.#begunMs = now;
  }

  /** Notes the end of a commit. */
  stored(now: number): void {
    // A commit without a due time, as after compacting, cannot be late.
    const from = this.#since === undefined ? this.#begunMs : Math.min(this.#begunMs, this.#dueMs);
    this.#costMs = Math.max(now - from, this.#costMs * MEMORY);
    this.#stepMs *= MEMORY;
    this.#since = undefined;
    this.#endedMs = now;
  }

  /**
   * True when other work must stop, so that it does not delay the next commit; asked before each of its steps. Even
   * with a slow disk, some work is done: a step after each pause. Longer steps have longer pauses.
   */
  isOver(now: number): boolean {
    this.#stepped(now);
    const done = now - this.#begunMs;
    const isLate = done > this.waitMs / 2 || done + STEP_MARGIN * this.#stepMs > this.waitMs;
    const isOver = isLate && now - this.#workedMs < Math.max(MAX_REST_MS, REST_STEPS * this.#stepMs);
    if (!isOver) this.#workedMs = this.#steppingMs = now;
    return isOver;
  }

  /** Notes the end of other work. */
  worked(now: number): void {
    this.#stepped(now);
    this.#endedMs = now;
  }

  #stepped(now: number): void {
    if (this.#steppingMs !== undefined) this.#stepMs = Math.max(this.#stepMs, now - this.#steppingMs);
    this.#steppingMs = undefined;
  }
}
