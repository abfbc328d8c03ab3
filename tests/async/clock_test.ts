import assert from "node:assert/strict";
import { now, SampleClock, timestamp } from "../../lib/async/clock.ts";
import { fakeTime } from "../support/time.ts";

for (
  const [ms, text] of [
    [0, "1970-01-01T00:00:00.000000Z"],
    [Date.UTC(2026, 10, 22, 6, 25, 52, 123), "2026-11-22T06:25:52.123000Z"],
    [1_500.25, "1970-01-01T00:00:01.500250Z"],
    [999.999_9, "1970-01-01T00:00:00.999999Z"],
    [-1, "1969-12-31T23:59:59.999000Z"],
  ] as const
) {
  Deno.test(`timestamp(${ms}) is ${text}`, () => assert.equal(timestamp(ms), text));
}

Deno.test("timestamp() is the present time in RFC 3339 with microseconds", () => {
  const before = Date.now();
  const text = timestamp();
  const after = Date.now();
  assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(Date.parse(text) >= before - 3 && Date.parse(text) <= after + 3);
});

Deno.test("now() continues between two milliseconds of the wall clock", async () => {
  using time = fakeTime();
  const start = now();
  await time.tick(250);
  assert.equal(now() - start, 250);
});

Deno.test("now() follows the wall clock when that is set, also far away", () => {
  for (const text of ["2026-11-22T06:00:00Z", "2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z"]) {
    using _time = fakeTime(new Date(text));
    assert.equal(timestamp(), text.replace("Z", ".000000Z"));
  }
  assert.ok(Math.abs(now() - Date.now()) <= 3);
});

Deno.test("a clock that is set is a step between two samples, forward and back, and reported once", async () => {
  using time = fakeTime();
  const clock = new SampleClock();
  for (const stepMs of [3 * 86_400_000, -500, 60, -3_600_000]) {
    const before = clock.read();
    assert.equal(clock.step, 0);
    await time.tick(10);
    time.setClock(Date.now() + stepMs);
    assert.ok(Math.abs(clock.read() - before - 10 - stepMs) <= 1);
    assert.ok(Math.abs(clock.step - stepMs) <= 1, `${clock.step} ms`);
    await time.tick(10);
    clock.read();
    assert.equal(clock.step, 0);
  }
});

Deno.test("a small correction of the clock is no step, and no sample is older than the one before", async () => {
  using time = fakeTime();
  const clock = new SampleClock();
  let last = clock.read();
  for (const stepMs of [-20, 10, -40, -3, 40]) {
    time.setClock(Date.now() + stepMs);
    for (let i = 0; i < 5; i++) {
      const next = clock.read();
      assert.ok(next >= last && clock.step === 0);
      last = next;
      await time.tick(10);
    }
  }
});
