import { LONGEST_MS } from "./delay.ts";

/**
 * Barks when it has not been fed for some time, once, and sleeps then. Feeding it costs a look at the clock and no timer.
 *
 * @example
 * ```ts
 * import { Watchdog } from "./watchdog.ts";
 *
 * const barked = Promise.withResolvers<void>();
 * const dog = new Watchdog(5, barked.resolve);
 * dog.start();
 * await barked.promise;
 * ```
 */
export class Watchdog {
  readonly #ms: number;
  readonly #bark: () => void;
  #fed = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param ms How long it stays quiet without food; `Infinity`: for ever. */
  constructor(ms: number, bark: () => void) {
    this.#ms = ms;
    this.#bark = bark;
  }

  /** Wakes it, well fed. */
  start(): void {
    this.feed();
    if (this.#ms < Infinity) this.#timer ??= setTimeout(() => this.#look(), Math.min(this.#ms, LONGEST_MS));
  }

  /** Keeps it quiet from now on, if it is awake. */
  feed(): void {
    this.#fed = performance.now();
  }

  /** Puts it to sleep. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const rest = this.#fed + this.#ms - performance.now();
    this.#timer = rest > 0 ? setTimeout(() => this.#look(), Math.min(rest, LONGEST_MS)) : undefined;
    if (rest <= 0) this.#bark();
  }
}
