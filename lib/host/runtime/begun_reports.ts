/** The delay of a report. Most calls end within it, and their answers report their begin, too. */
const BEGUN_MS = 5;

/** Reports that a call has begun, unless it ends soon after. One timer serves all calls. */
export class BegunReports {
  readonly #send: (seat: number, id: number) => void;
  /** The calls that were not reported, in the order in which they are due; by their numbers. */
  readonly #due = new Map<number, { seat: number; at: number }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param send Reports a call of a seat by its number. */
  constructor(send: (seat: number, id: number) => void) {
    this.#send = send;
  }

  /** A call has begun. */
  add(seat: number, id: number): void {
    this.#due.set(id, { seat, at: performance.now() + BEGUN_MS });
    this.#timer ??= setTimeout(() => this.#report(), BEGUN_MS);
  }

  /** Drops the report of a call that has ended. */
  delete(id: number): void {
    this.#due.delete(id);
  }

  #report(): void {
    this.#timer = undefined;
    for (const [id, { seat, at }] of this.#due) {
      const wait = at - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#report(), wait);
        return;
      }
      this.#due.delete(id);
      this.#send(seat, id);
    }
  }
}
