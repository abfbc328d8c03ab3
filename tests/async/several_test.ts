import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { severalAtATime } from "../../lib/async/mod.ts";

Deno.test("severalAtATime() works on so many at a time, and on the next one when one of them has ended", async () => {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = severalAtATime([0, 1, 2, 3], 2, (it) => {
    begun.push(it);
    return new Promise((resolve) => void ends.push(resolve));
  });
  equal(begun, [0, 1]);
  ends[1]();
  await Promise.resolve().then(() => {}).then(() => {});
  equal(begun, [0, 1, 2]);
  ends[0]();
  ends[2]();
  while (ends.length < 4) await Promise.resolve();
  ends[3]();
  await all;
  equal(begun, [0, 1, 2, 3]);
});

Deno.test("severalAtATime() begins no more after a failure, and waits for those that run", async () => {
  const begun: number[] = [];
  const end = Promise.withResolvers<void>();
  let isOver = false;
  const all = severalAtATime([0, 1, 2, 3], 2, (it) => {
    begun.push(it);
    return it === 0 ? Promise.reject(new Error("refused")) : end.promise;
  });
  const refused = rejects(all, /refused/).then(() => isOver = true);
  await new Promise((resolve) => setImmediate(resolve));
  equal([begun, isOver], [[0, 1], false]);
  end.resolve();
  await refused;
  equal(begun, [0, 1]);
});
