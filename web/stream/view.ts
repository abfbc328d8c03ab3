import { computed, type ReadonlySignal, signal } from "@preact/signals";

/** The time windows that one can choose from, in seconds. */
export const SPANS = [10, 30, 60, 120, 300, 600, 1800, 3600];
/** The daemon gives no more than a point for each millisecond, and times of day cannot be written finer. */
const MIN_SPAN = 0.05;

/** In seconds. */
const DEFAULT_SPAN = 30;
/** The longest range in which a recording is shown: a month, in seconds. */
const MAX_SPAN = 31 * 86_400;

/** A time range, in seconds since 1970. */
export interface TimeRange {
  from: number;
  to: number;
}

/**
 * The time range of all plots of a page. It follows the daemon's clock until it is halted; zooming, moving and pausing halt
 * it. It does not move past the moment of the halt.
 */
export class View {
  /** The length of the range while it follows the time, in seconds. */
  readonly span = signal(DEFAULT_SPAN);
  readonly #halted = signal<TimeRange & { limit: number } | undefined>(undefined);
  readonly isHalted: ReadonlySignal<boolean> = computed(() => this.#halted.value !== undefined);
  /** The two times between which is measured; `undefined` while nothing is. */
  readonly cursors = signal<readonly [number, number] | undefined>(undefined);
  /** True if the statistics of what is shown are shown. */
  readonly hasStatistics = signal(false);
  readonly #now: () => number;

  /**
   * @param now The daemon's time, in seconds since 1970.
   * @param span The length of the range at first, in seconds.
   */
  constructor(now: () => number, span: number = DEFAULT_SPAN) {
    this.#now = now;
    this.span.value = Math.max(MIN_SPAN, span);
  }

  /** The present range. */
  get range(): TimeRange {
    const halted = this.#halted.value;
    if (halted) return { from: halted.from, to: halted.to };
    const to = this.#now();
    return { from: to - this.span.value, to };
  }

  /** Shows a window, and a range that stands still, as they were before. */
  restore({ span, range }: { span?: number; range?: readonly [number, number] }): void {
    if (span !== undefined) this.span.value = Math.min(MAX_SPAN, Math.max(MIN_SPAN, span));
    if (range) this.zoomTo(...range);
  }

  /** Halts the range. */
  halt(): void {
    if (!this.#halted.value) this.#show(this.range);
  }

  /** Follows the time again. */
  follow(): void {
    this.cursors.value = undefined;
    this.#halted.value = undefined;
  }

  /** Halts the range and measures between two times in it. */
  measure(): void {
    this.halt();
    const { from, to } = this.range;
    this.cursors.value = [from + (to - from) / 3, to - (to - from) / 3];
  }

  /** Moves one of the two times between which is measured. */
  moveCursor(which: 0 | 1, time: number): void {
    const { from, to } = this.range;
    const cursors = this.cursors.peek();
    const moved = Math.min(to, Math.max(from, time));
    if (cursors) this.cursors.value = which === 0 ? [moved, cursors[1]] : [cursors[0], moved];
  }

  choose(span: number): void {
    this.span.value = span;
    const { to } = this.range;
    if (this.isHalted.value) this.#show({ from: to - span, to });
  }

  zoomTo(from: number, to: number): void {
    if (!(to > from)) return;
    const padding = Math.max(0, MIN_SPAN - (to - from)) / 2;
    this.#show({ from: from - padding, to: to + padding });
  }

  /** Shows `factor` as much, around a moment that stays where it is. */
  zoomBy(factor: number, around?: number): void {
    const { from, to } = this.range;
    const fixed = around ?? (from + to) / 2;
    const length = Math.min(MAX_SPAN, Math.max(MIN_SPAN, (to - from) * factor));
    const start = fixed - (fixed - from) / (to - from) * length;
    this.#show({ from: start, to: start + length });
  }

  /** Moves by a part of what is shown; to the left, if negative. */
  move(part: number): void {
    const { from, to } = this.range;
    const by = (to - from) * part;
    this.#show({ from: from + by, to: to + by });
  }

  #show({ from, to }: TimeRange): void {
    const limit = this.#halted.value?.limit ?? this.#now();
    const over = Math.max(0, to - limit);
    this.#halted.value = { from: from - over, to: to - over, limit };
  }
}
