/// <reference lib="dom" />

/** What drawing may take of one frame; the screen has 16 ms, and the browser paints in them too. */
const BUDGET_MS = 8;
/** A frame that came so much later than the one before came late: what was drawn in it was too much. */
const LATE_MS = 25;

/** After a late frame, so much of what was drawn in it is drawn in one. */
const LESS = 0.7;
/** So often one more is tried. */
const PROBE_MS = 1_000;

/** Something that is drawn again when it has to be. */
export interface Drawable {
  readonly element: Element;
  /** Draws, unless it would look the same. Says whether it did. */
  draw(): boolean;
}

/**
 * Draws at most once for each frame of the screen: what can be seen, one after the other, until the frame's time is used up.
 * Who did not have a turn is first in the next frame, so that the page stays quick whatever there is to draw.
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
  /** Whether something has changed since those who wait were chosen: others may have been drawn before it. */
  #hasChanged = false;
  #request: number | undefined;
  #last = NaN;
  #drawn = 0;
  /** How many may be drawn in a frame, and since when it is so. */
  #quota = Infinity;
  #since = NaN;

  /** @param isMoving Whether there is something to draw in each frame. */
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

  /** Something has changed: draws from the next frame on, until all have had their turn. */
  request(): void {
    this.#hasChanged = true;
    this.#schedule();
  }

  #schedule(): void {
    this.#request ??= requestAnimationFrame((time) => this.#draw(time));
  }

  end(): void {
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
    // What the browser does with a drawing is not over when the drawing is: only the next frame shows what it took.
    const isLate = this.#drawn > 0 && time - this.#last > LATE_MS;
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
    if (this.#waiting.length || this.#hasChanged || this.#isMoving()) this.#schedule();
  }
}
