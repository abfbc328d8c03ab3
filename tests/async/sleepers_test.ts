import assert from "node:assert/strict";
import fc from "fast-check";
import { Sleepers } from "../../lib/async/sleepers.ts";
import { fakeTime } from "../support/time.ts";

Deno.test("any sleepers, in any order, wake at their times, with one timer at most; those that end before do not", async () => {
  const sleeper = fc.record({
    begins: fc.nat(50),
    lasts: fc.nat(100),
    ends: fc.option(fc.nat(150), { nil: Infinity }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(sleeper, { maxLength: 12 }), async (all) => {
      using time = fakeTime();
      const sleepers = new Sleepers();
      const start = performance.now();
      const woken = new Map<number, number>();
      const stops = new Map<number, () => void>();
      for (let ms = 0; ms <= 200; ms++) {
        for (const [i, { begins, lasts, ends }] of all.entries()) {
          if (begins === ms) {
            stops.set(i, sleepers.sleep(start + ms + lasts, () => woken.set(i, performance.now() - start)));
          }
          if (ends === ms) stops.get(i)?.();
        }
        assert.ok(time.timers <= 1);
        await time.tick(1);
      }
      for (const [i, { begins, lasts, ends }] of all.entries()) {
        const due = begins + lasts;
        // One that ends in the turn in which it begins does not wake, even if it was due at once.
        if (ends >= begins && (ends < due || ends === begins)) assert.equal(woken.get(i), undefined);
        else assert.ok(Math.abs(woken.get(i)! - due) <= 1, `${woken.get(i)} instead of ${due}`);
      }
      assert.equal(time.timers, 0);
    }),
    { numRuns: 15, examples: [[[{ begins: 3, lasts: 0, ends: 3 }]]] },
  );
});

Deno.test("a sleeper that wakes may sleep again, and end another one", async () => {
  using time = fakeTime();
  const sleepers = new Sleepers();
  const start = performance.now();
  const woken: number[] = [];
  const again = () => {
    woken.push(performance.now() - start);
    if (woken.length < 3) sleepers.sleep(performance.now() + 10, again);
    else stop();
  };
  sleepers.sleep(start + 10, again);
  const stop = sleepers.sleep(start + 1_000, () => assert.fail("it was ended"));
  await time.tick(2_000);
  assert.deepEqual(woken, [10, 20, 30]);
  assert.equal(time.timers, 0);
});
