/// <reference lib="dom" />
import { deepEqual, equal } from "node:assert/strict";
import { Frames } from "../../web/chart/frames.ts";

/** A screen whose frames the test shows, and plots on it that can all be seen. */
function screen(count: number, next?: () => number) {
  const { requestAnimationFrame, cancelAnimationFrame, IntersectionObserver, setTimeout, performance } = globalThis;
  let timer: { run: () => void; ms: number } | undefined;
  let waiting: FrameRequestCallback | undefined;
  let time = 0;
  Object.assign(globalThis, {
    requestAnimationFrame: (run: FrameRequestCallback) => (waiting = run, 1),
    cancelAnimationFrame: () => waiting = undefined,
    setTimeout: (run: () => void, ms: number) => (timer = { run, ms }, 1),
    performance: { now: () => time },
    IntersectionObserver: class {
      constructor(readonly notify: (entries: { target: Element; isIntersecting: boolean }[]) => void) {}
      observe = (target: Element) => this.notify([{ target, isIntersecting: true }]);
      unobserve() {}
      disconnect() {}
    },
  });
  let isMoving = true;
  let picture = 0;
  const drawn: number[] = Array(count).fill(-1);
  const frames = new Frames(() => isMoving);
  for (let i = 0; i < count; i++) {
    frames.add({ element: { i } as unknown as Element, next, draw: () => (drawn[i] = picture, true) });
  }
  return {
    drawn,
    /** Shows a frame so many milliseconds after the one before. Says whether there was anything to do. */
    frame(ms: number): boolean {
      const run = waiting;
      waiting = undefined;
      run?.(time += ms);
      return run !== undefined;
    },
    /** Lets the time pass for which nothing is drawn, and this much more. Returns that time. */
    rest(late = 0): number | undefined {
      const { run, ms } = timer ?? {};
      timer = undefined;
      time += (ms ?? 0) + late;
      run?.();
      return ms;
    },
    sampled: () => frames.sampled(),
    /** Another picture is to be seen, which then stands still. */
    halt() {
      isMoving = false;
      picture++;
      frames.request();
    },
    move: () => picture++,
    [Symbol.dispose]() {
      frames.end();
      Object.assign(globalThis, {
        requestAnimationFrame,
        cancelAnimationFrame,
        IntersectionObserver,
        setTimeout,
        performance,
      });
    },
  };
}

Deno.test("each frame draws all visible plots", () => {
  using it = screen(3);
  it.frame(16);
  it.move();
  it.frame(16);
  deepEqual(it.drawn, [1, 1, 1]);
});

Deno.test("after a late frame, fewer plots are drawn per frame, each in turn", () => {
  using it = screen(3);
  it.frame(16);
  it.move();
  it.frame(100);
  deepEqual(it.drawn, [1, 1, 0]);
  it.move();
  it.frame(16);
  deepEqual(it.drawn, [1, 1, 2]);
});

Deno.test("all plots show the halted picture in the end, also those that were drawn before", () => {
  using it = screen(3);
  it.frame(16);
  it.move();
  it.frame(100);
  it.halt();
  let frames = 0;
  while (it.frame(16)) frames++;
  deepEqual(it.drawn, [2, 2, 2]);
  equal(frames <= 4, true, `${frames} frames`);
});

Deno.test("a plot that changes once a second is drawn once a second, and there are no frames in between", () => {
  using it = screen(2, () => 1_000);
  it.frame(16);
  for (let n = 1; n <= 3; n++) {
    equal(it.frame(16), false);
    it.move();
    equal(it.rest(), 1_000);
    equal(it.frame(16), true);
    deepEqual(it.drawn, [n, n]);
  }
});

Deno.test("plots that seldom change are all drawn in a frame: waiting is no late frame", () => {
  using it = screen(3, () => 1_000);
  it.frame(16);
  for (let n = 1; n <= 3; n++) {
    it.move();
    it.rest();
    it.frame(16);
    deepEqual(it.drawn, [n, n, n]);
  }
  it.move();
  // The thread was busy with what was drawn.
  it.rest(100);
  it.frame(16);
  deepEqual(it.drawn, [4, 4, 3]);
});

Deno.test("a plot of samples alone is drawn when one has come, and not before", () => {
  using it = screen(1, () => Infinity);
  it.frame(16);
  deepEqual([it.frame(16), it.rest(), it.frame(16)], [false, undefined, false]);
  it.move();
  it.sampled();
  equal(it.frame(16), true);
  deepEqual(it.drawn, [1]);
  equal(it.frame(16), false);
});
