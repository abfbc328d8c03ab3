/// <reference lib="dom" />

/** The time for drawing in one frame. The screen gives 16 ms, which include the browser's painting. */
const BUDGET_MS = 8;
/** The interval after which a frame counts as late: the previous one drew too much. */
const LATE_MS = 25;

/** After a late frame, the next frames draw this fraction of its drawables. */
const LESS = 0.7;
/** The interval at which a frame tries one drawable more. */
const PROBE_MS = 1_000;

/** An element that draws itself on request. */
export interface Drawable {
  readonly element: Element;
  /** Draws if the picture has changed. Returns true if it drew. */
  draw(): boolean;
  /**
   * The time until the picture changes, in milliseconds; `Infinity` if only new samples change it. Without this
   * function, `draw()` is called in each frame.
   */
  next?(): number;
}

/**
 * Draws at most once per frame of the screen: the visible drawables in turn, until the frame's time is used up. The
 * others are first in the next frame, so that the page stays responsive. While no picture changes, no frame is
 * requested, because an empty frame costs time, too.
 */
export class Frames {
  readonly #drawables = new Map<Element, Drawable>();
  readonly #visible = new Set<Element>();
  readonly #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.#visible.add(target);
      else this.#visible.delete(target);
    }
    this.request();
  });
  readonly #isMoving: () => boolean;
  #waiting: Element[] = [];
  /** True if something has changed since the waiting drawables were collected. */
  #hasChanged = false;
  #request: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** True if some visible drawable shows samples at once. */
  #showsSamples = false;
  /** When the timer that requests the next frame fires. */
  #due = -Infinity;
  #last = NaN;
  #drawn = 0;
  /** The maximum number of drawables per frame, and the time it was set. */
  #quota = Infinity;
  #since = NaN;

  /** @param isMoving True while pictures change by themselves. */
  constructor(isMoving: () => boolean) {
    this.#isMoving = isMoving;
  }

  add(drawable: Drawable): () => void {
    const { element } = drawable;
    this.#drawables.set(element, drawable);
    this.#observer.observe(element);
    return () => {
      this.#drawables.delete(element);
      this.#visible.delete(element);
      this.#observer.unobserve(element);
    };
  }

  /** Something has changed: draws from the next frame on, until all are drawn. */
  request(): void {
    this.#hasChanged = true;
    this.#schedule();
  }

  /** There are new samples, which some drawables show at once. */
  sampled(): void {
    if (this.#showsSamples && this.#isMoving()) this.#schedule();
  }

  #schedule(): void {
    this.#request ??= requestAnimationFrame((time) => this.#draw(time));
  }

  /** Requests a frame for when the first picture changes. Requested drawing and newly visible drawables do not wait. */
  #rest(): void {
    const times = Array.from(this.#visible, (element) => this.#drawables.get(element)?.next?.() ?? 0);
    this.#showsSamples = times.includes(Infinity);
    const ms = Math.min(...times);
    if (ms <= 0) return this.#schedule();
    clearTimeout(this.#timer);
    if (ms === Infinity) return;
    this.#due = performance.now() + ms;
    this.#timer = setTimeout(() => this.#schedule(), ms);
  }

  end(): void {
    clearTimeout(this.#timer);
    if (this.#request !== undefined) cancelAnimationFrame(this.#request);
    this.#observer.disconnect();
  }

  #setQuota(quota: number, time: number): void {
    this.#quota = quota;
    this.#since = time;
  }

  #draw(time: number): void {
    this.#request = undefined;
    const begun = performance.now();
    // The browser still works on a drawing after `draw()` returns: the next frame shows the total time.
    const isLate = this.#drawn > 0 && time - Math.max(this.#last, this.#due) > LATE_MS;
    if (isLate) this.#setQuota(Math.max(1, Math.floor(this.#drawn * LESS)), time);
    else if (time - this.#since > PROBE_MS) this.#setQuota(this.#quota + 1, time);
    this.#last = time;
    this.#drawn = 0;
    if (!this.#waiting.length) {
      this.#waiting = [...this.#visible];
      this.#hasChanged = false;
    }
    while (this.#waiting.length && this.#drawn < this.#quota && performance.now() - begun < BUDGET_MS) {
      const element = this.#waiting.shift()!;
      if (this.#visible.has(element) && this.#drawables.get(element)?.draw()) this.#drawn++;
    }
    if (this.#waiting.length || this.#hasChanged) this.#schedule();
    else if (this.#isMoving()) this.#rest();
  }
}
