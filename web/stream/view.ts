import { computed, type ReadonlySignal, signal } from "@preact/signals";

/** The time windows that one can choose from, in seconds. */
export const SPANS = [10, 30, 60, 120, 300, 600, 1800, 3600];
/** The daemon gives no more than a point for each millisecond, and times of day cannot be written finer. */
const SHORTEST = 0.05;

/** A stretch of time, in seconds since 1970. */
export interface Stretch {
  from: number;
  to: number;
}

/**
 * Which stretch of time all plots of a page show. As long as nobody halts it, it goes with the daemon's clock; to zoom, to
 * move or to pause halts it. What is behind the moment of the halt is not there to move to.
 */
export class View {
  /** How much is shown while it goes with the time, in seconds. */
  readonly span = signal(30);
  readonly #halted = signal<Stretch & { limit: number } | undefined>(undefined);
  readonly isHalted: ReadonlySignal<boolean> = computed(() => this.#halted.value !== undefined);
  readonly #now: () => number;

  /** @param now The daemon's time, in seconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What is to be seen now. */
  get stretch(): Stretch {
    const halted = this.#halted.value;
    if (halted) return { from: halted.from, to: halted.to };
    const to = this.#now();
    return { from: to - this.span.value, to };
  }

  /** Lets the picture stand. */
  halt(): void {
    if (!this.#halted.value) this.#show(this.stretch);
  }

  /** Goes on with the time. */
  follow(): void {
    this.#halted.value = undefined;
  }

  choose(span: number): void {
    this.span.value = span;
    const { to } = this.stretch;
    if (this.isHalted.value) this.#show({ from: to - span, to });
  }

  zoomTo(from: number, to: number): void {
    if (!(to > from)) return;
    const spare = Math.max(0, SHORTEST - (to - from)) / 2;
    this.#show({ from: from - spare, to: to + spare });
  }

  /** Shows `factor` as much, around a moment that stays where it is. */
  zoomBy(factor: number, around?: number): void {
    const { from, to } = this.stretch;
    const fixed = around ?? (from + to) / 2;
    const length = Math.min(2 * SPANS.at(-1)!, Math.max(SHORTEST, (to - from) * factor));
    const start = fixed - (fixed - from) / (to - from) * length;
    this.#show({ from: start, to: start + length });
  }

  /** Moves by a part of what is shown; to the left, if negative. */
  move(part: number): void {
    const { from, to } = this.stretch;
    const by = (to - from) * part;
    this.#show({ from: from + by, to: to + by });
  }

  #show({ from, to }: Stretch): void {
    const limit = this.#halted.value?.limit ?? this.#now();
    const over = Math.max(0, to - limit);
    this.#halted.value = { from: from - over, to: to - over, limit };
  }
}
