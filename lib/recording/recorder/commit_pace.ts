/**
 * The time within which all that has come is to be stored. With the time for which the daemon gathers, that of a look at its ring, and a
 * little for timers, a crash of both costs 250 ms at most.
 */
const STORED_WITHIN_MS = 190;

/** The longest and the shortest time from the first thing that has come to its commit. */
const MAX_WAIT_MS = 160;
const MIN_WAIT_MS = 60;

/** The expected duration of the next commit, as a multiple of past ones. */
const MARGIN = 1.25;

/** A commit takes so long, as long as none is known. */
const FIRST_COST_MS = 25;

/** The weight that the longest commit keeps after each further one: half after some 30. */
const MEMORY = 0.98;

/** The work beside commits rests no longer, unless its steps are long: then for so many times the longest one. */
const MAX_REST_MS = 1_000;
const REST_STEPS = 40;

/** The expected duration of the next step, as a multiple of past ones. */
const STEP_MARGIN = 1.5;

/** A thing that is taken so soon after a commit may have come while it went on. */
const BESIDE_MS = 20;

/**
 * Decides when to commit: the longer commits have taken lately, with the lateness of their timers, the sooner the next one begins,
 * so that what comes is on the disk in a constant time.
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
    // Of a commit that was not due, as of what was compacted, there is no lateness.
    const from = this.#since === undefined ? this.#begunMs : Math.min(this.#begunMs, this.#dueMs);
    this.#costMs = Math.max(now - from, this.#costMs * MEMORY);
    this.#stepMs *= MEMORY;
    this.#since = undefined;
    this.#endedMs = now;
  }

  /**
   * True when work beside commits has to end, so that it does not delay the next one. Asked before each of its steps. A little of it
   * is done on any disk; the longer a step takes, as on a machine whose processors are busy, the less of it.
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
