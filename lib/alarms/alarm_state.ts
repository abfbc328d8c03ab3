import type { AlarmState } from "../wire/alarms.ts";

/** The times of an alarm, in milliseconds. */
export interface AlarmTimes {
  /** The time for which the condition must hold until the alarm fires. */
  forMs: number;
  /** For how long its condition must not hold until its incident ends. */
  clearsAfterMs: number;
}

/**
 * The state of one alarm: `ok`, `pending` while its condition holds, `firing` after it has held for long enough,
 * `acknowledged` by a person, and `ok` again when the condition has not held for long enough. A condition that comes and goes
 * in the meantime is one incident. Times are readings of one monotonic clock.
 */
export class AlarmStateMachine {
  readonly #times: AlarmTimes;
  readonly #entered: (state: AlarmState) => void;
  #state: AlarmState = "ok";
  /** True while the condition holds, and since when. */
  #isTrue = false;
  #sinceMs = -Infinity;
  #flaps = 0;

  /** @param entered Called with each new state. */
  constructor(times: AlarmTimes, entered: (state: AlarmState) => void) {
    this.#times = times;
    this.#entered = entered;
  }

  get state(): AlarmState {
    return this.#state;
  }

  /** True while the condition holds. */
  get isTrue(): boolean {
    return this.#isTrue;
  }

  /** The number of times that the condition has come back during the incident. */
  get flaps(): number {
    return this.#flaps;
  }

  /** When {@linkcode tick} changes the state, if nothing else happens; `undefined`: never. */
  get dueMs(): number | undefined {
    if (this.#state === "pending") return this.#sinceMs + this.#times.forMs;
    const isOpen = this.#state !== "ok";
    return isOpen && !this.#isTrue ? this.#sinceMs + this.#times.clearsAfterMs : undefined;
  }

  /** The condition holds at this time, or it does not. */
  update(isTrue: boolean, nowMs: number): void {
    // First what was due before this.
    this.tick(nowMs);
    if (isTrue !== this.#isTrue) {
      this.#isTrue = isTrue;
      this.#sinceMs = nowMs;
      if (this.#state === "ok" && isTrue) this.#enter("pending");
      else if (this.#state === "pending") this.#enter("ok");
      else if (isTrue) this.#flaps++;
    }
    this.tick(nowMs);
  }

  /** Time has passed. */
  tick(nowMs: number): void {
    if (this.dueMs === undefined || nowMs < this.dueMs) return;
    if (this.#state === "pending") this.#flaps = 0;
    this.#enter(this.#state === "pending" ? "firing" : "ok");
  }

  /** Goes on as of an earlier run: the condition held last, and is looked at again. */
  restore(state: "firing" | "acknowledged", flaps: number, nowMs: number): void {
    this.#state = state;
    this.#isTrue = true;
    this.#sinceMs = nowMs;
    this.#flaps = flaps;
  }

  /** Acknowledges the alarm. Returns false if the alarm is not firing. */
  acknowledge(): boolean {
    if (this.#state !== "firing") return false;
    this.#enter("acknowledged");
    return true;
  }

  #enter(state: AlarmState): void {
    this.#state = state;
    this.#entered(state);
  }
}
