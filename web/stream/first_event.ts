import { signal } from "@preact/signals";

/** The daemon sends the states at once: a stream without any event after this time is held back somewhere. */
const MAX_WAIT_MS = 10_000;

/** Watches for the first event of a stream. */
export class FirstEvent {
  /** True if it has not come in time. */
  readonly isLate = signal(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** A stream is requested. */
  expect(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.isLate.value = true, MAX_WAIT_MS);
  }

  /** An event has come, or none is expected. */
  settle(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.isLate.peek()) this.isLate.value = false;
  }
}
