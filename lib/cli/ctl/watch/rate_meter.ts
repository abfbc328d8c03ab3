/** How far back it looks. */
const WINDOW_MS = 5_000;

/** Measures how many samples a second a device makes, by their numbers and times: also where only some of them arrive. */
export class RateMeter {
  #marks: { sequence: number; time: number }[] = [];

  add(sequence: number, time: number): void {
    const last = this.#marks.at(-1);
    // Another epoch, or a clock that was put back.
    if (last && (sequence <= last.sequence || time < last.time)) this.#marks = [];
    this.#marks.push({ sequence, time });
    while (this.#marks.length > 2 && this.#marks[1].time < time - WINDOW_MS) this.#marks.shift();
  }

  /** Begins anew: what comes after a pause is another run. */
  reset(): void {
    this.#marks = [];
  }

  /** In Hz; `undefined` as long as nothing can be said. */
  get rate(): number | undefined {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.time <= first.time) return undefined;
    return (last.sequence - first.sequence) / (last.time - first.time) * 1000;
  }
}
