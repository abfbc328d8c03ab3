import assert from "node:assert/strict";
import fc from "fast-check";
import { backoffDelay } from "../../lib/async/backoff.ts";

const almostOne = () => 1 - Number.EPSILON;

Deno.test("backoffDelay() doubles its maximum with each attempt until maxDelayMs", () => {
  const bounds = [0, 1, 2, 3, 4, 5].map((attempt) =>
    Math.round(backoffDelay(attempt, { initialDelayMs: 2_000, maxDelayMs: 30_000, random: almostOne }))
  );

  assert.deepEqual(bounds, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

Deno.test("backoffDelay() returns values of the whole range from 0", () => {
  const delays = [0, 0.25, 0.5].map((share) =>
    backoffDelay(2, { initialDelayMs: 100, maxDelayMs: 1_000, random: () => share })
  );

  assert.deepEqual(delays, [0, 100, 200]);
});

Deno.test("backoffDelay() stays between 0 and its maximum for every valid argument", () => {
  const ms = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });

  fc.assert(fc.property(fc.nat(), ms, ms, (attempt, initialDelayMs, maxDelayMs) => {
    const delay = backoffDelay(attempt, { initialDelayMs, maxDelayMs });
    assert.ok(delay >= 0 && delay <= maxDelayMs, `${delay} is outside`);
  }));
});

Deno.test("backoffDelay() of an initial delay of 0 is 0 for every attempt", () => {
  assert.equal(backoffDelay(5_000, { initialDelayMs: 0, maxDelayMs: 30_000 }), 0);
});

for (
  const [name, attempt, options] of [
    ["attempt", -1, { initialDelayMs: 1, maxDelayMs: 1 }],
    ["attempt", 0.5, { initialDelayMs: 1, maxDelayMs: 1 }],
    ["attempt", NaN, { initialDelayMs: 1, maxDelayMs: 1 }],
    ["attempt", Infinity, { initialDelayMs: 1, maxDelayMs: 1 }],
    ["initialDelayMs", 0, { initialDelayMs: -1, maxDelayMs: 1 }],
    ["initialDelayMs", 0, { initialDelayMs: NaN, maxDelayMs: 1 }],
    ["maxDelayMs", 0, { initialDelayMs: 1, maxDelayMs: -1 }],
    ["maxDelayMs", 0, { initialDelayMs: 1, maxDelayMs: Infinity }],
  ] as const
) {
  Deno.test(`backoffDelay(${attempt}, ${options.initialDelayMs}, ${options.maxDelayMs}) is refused because of '${name}'`, () => {
    assert.throws(() => backoffDelay(attempt, options), (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, new RegExp(`'${name}' must be .*: current value is `));
      return true;
    });
  });
}
