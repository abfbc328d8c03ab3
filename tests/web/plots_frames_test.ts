/// <reference lib="dom" />
import { deepEqual, equal } from "node:assert/strict";
import { Frames } from "../../web/chart/frames.ts";

/** A screen whose frames the test shows, and plots on it that can all be seen. */
function screen(count: number) {
  const { requestAnimationFrame, cancelAnimationFrame, IntersectionObserver } = globalThis;
  let waiting: FrameRequestCallback | undefined;
  let time = 0;
  Object.assign(globalThis, {
    requestAnimationFrame: (run: FrameRequestCallback) => (waiting = run, 1),
    cancelAnimationFrame: () => waiting = undefined,
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
    frames.add({ element: { i } as unknown as Element, draw: () => (drawn[i] = picture, true) });
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
    /** Another picture is to be seen, which then stands still. */
    halt() {
      isMoving = false;
      picture++;
      frames.request();
    },
    move: () => picture++,
    [Symbol.dispose]() {
      frames.end();
      Object.assign(globalThis, { requestAnimationFrame, cancelAnimationFrame, IntersectionObserver });
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
