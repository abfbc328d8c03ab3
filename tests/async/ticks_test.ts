import assert from "node:assert/strict";
import { Ticks } from "../../lib/async/mod.ts";
import { fakeTime } from "../support/time.ts";

Deno.test("loops that begin at different times go on in the same turns, a period apart", async () => {
  using time = fakeTime();
  const ticks = new Ticks(100);
  const end = new AbortController();
  const turns: number[][] = [[], [], []];
  const loop = async (its: number[]) => {
    while (!end.signal.aborted) {
      await ticks.next(end.signal);
      its.push(performance.now());
    }
  };
  const loops: Promise<void>[] = [];
  for (const its of turns) {
    loops.push(loop(its));
    await time.tick(13);
  }
  await time.tick(400);
  assert.ok(turns[0].length >= 4);
  for (const its of turns) assert.deepEqual(its, turns[0]);
  for (const [i, at] of turns[0].entries()) if (i > 0) assert.equal(Math.round(at - turns[0][i - 1]), 100);
  end.abort();
  await Promise.all(loops);
  assert.equal(time.timers, 0);
});

Deno.test("a loop that ends does not end the wait of another one", async () => {
  using time = fakeTime();
  const ticks = new Ticks(100);
  const [first, second] = [new AbortController(), new AbortController()];
  const ended: string[] = [];
  const waits = [
    ticks.next(first.signal).then(() => ended.push("first")),
    ticks.next(second.signal).then(() => ended.push("second")),
  ];
  first.abort();
  await time.tick(0);
  assert.deepEqual(ended, ["first"]);
  await time.tick(100);
  await Promise.all(waits);
  assert.deepEqual(ended, ["first", "second"]);
  assert.equal(time.timers, 0);
});
