import { deepEqual, equal } from "node:assert/strict";
import { InstrumentClock } from "../../lib/stream/timed/instrument_clock.ts";

const T = Date.UTC(2026, 10, 22);

/** A clock that gets blocks of 100 samples every 100 ms. Times are milliseconds after `T`. */
function clockWith({ origin = T } = {}) {
  const clock = new InstrumentClock();
  return {
    clock,
    /** @returns the time of the first sample and the step before it, in milliseconds. */
    place: (first: number, received: number) => {
      const { start, step } = clock.place({ first: origin + first, dt: 1, count: 100 }, T + received);
      return { start: start / 1000 - T, step };
    },
  };
}

Deno.test("times of a clock in UTC are used as they are, to the microsecond", () => {
  const clock = new InstrumentClock();
  const { start, step } = clock.place({ first: T + 0.123, dt: 0, count: 1 }, T + 5);
  deepEqual([start, step], [T * 1000 + 123, 0]);
  deepEqual(clock.status(), { origin: "utc", offset: 0.005, drift: null, steps: 0 });
});

Deno.test("a clock with a zero of its own is placed by the arrival of its first samples, and keeps its own pace", () => {
  const { clock, place } = clockWith({ origin: 0 });
  deepEqual(place(0, 1_099), { start: 1_000, step: 0 });
  deepEqual(place(100, 1_250), { start: 1_100, step: 0 });
  equal(clock.status().origin, "own");
});

Deno.test("a counter that begins again is placed again: times do not go back", () => {
  const { clock, place } = clockWith({ origin: 0 });
  place(5_000, 1_099);
  deepEqual(place(0, 1_150), { start: 1_099, step: 0 });
  deepEqual(place(100, 1_299), { start: 1_198, step: 0 });
  equal(clock.status().steps, 1);
});

Deno.test("a new run places a clock with a zero of its own again", () => {
  const { clock, place } = clockWith({ origin: 0 });
  place(0, 1_099);
  clock.begin();
  deepEqual(place(100, 60_099), { start: 60_000, step: 0 });
  equal(clock.status().steps, 0);
});

Deno.test("a correction back lets the time stand still; a step back is reported and followed", () => {
  const { clock, place } = clockWith();
  place(0, 100);
  deepEqual(place(80, 200), { start: 99, step: 0 });
  deepEqual(place(-3_599_820, 280), { start: -3_599_820, step: -3_600_000 });
  equal(clock.status().steps, 1);
});

Deno.test("a step forward is one if the host's clock has not moved as far", () => {
  const { clock, place } = clockWith();
  for (let i = 0; i < 110; i++) equal(place(i * 100, i * 100 + 120).step, 0);
  // A pause of an hour.
  equal(place(3_600_000, 3_600_120).step, 0);
  equal(place(7_200_000, 3_600_220).step, 3_599_900);
  equal(clock.status().steps, 1);
});

Deno.test("a step forward of a tenth of a second is seen once the delay is known", () => {
  const { clock, place } = clockWith();
  // Delays of 20 to 60 ms.
  const delay = (i: number) => 20 + (i * 7) % 41;
  for (let i = 0; i < 200; i++) equal(place(i * 100, i * 100 + 100 + delay(i)).step, 0);
  equal(Math.round(place(20_000 + 150, 20_000 + 100 + 21).step / 10), 15);
  for (let i = 201; i < 400; i++) equal(place(i * 100 + 150, i * 100 + 100 + delay(i)).step, 0);
  equal(clock.status().steps, 1);
});

Deno.test("a delay that varies by a quarter of a second, and becomes shorter, is no step", () => {
  const { clock, place } = clockWith();
  // A busy machine: in some windows all blocks are late.
  const delay = (i: number) => Math.floor(i / 50) % 3 === 0 ? 250 : 10 + i % 20;
  for (let i = 0; i < 1_000; i++) equal(place(i * 100, i * 100 + 100 + delay(i)).step, 0);
  equal(clock.status().steps, 0);
});

Deno.test("a slow instrument's delay is not known from a few samples: half a second is no step", () => {
  const { clock, place } = clockWith();
  for (let i = 0; i < 20; i++) equal(place(i * 4_000, i * 4_000 + (i % 5 === 0 ? 100 : 600)).step, 0);
  equal(clock.status().steps, 0);
});

Deno.test("samples that waited, and arrive all at once, are no step", () => {
  const { clock, place } = clockWith();
  for (let i = 0; i < 100; i++) equal(place(i * 2_000, 200_000 + i).step, 0);
  equal(clock.status().steps, 0);
});

Deno.test("the drift is estimated from the least delays", () => {
  const { clock, place } = clockWith();
  // 50 ppm fast, with delays of 0 to 40 ms.
  for (let i = 0; i < 3_000; i++) place(i * 100 * (1 + 50e-6), i * 100 + 100 + (i * 7) % 41);
  const { drift, offset } = clock.status();
  equal(Math.abs(drift! - 50) < 1, true, `${drift}`);
  equal(Math.abs(offset - 0.001 - -0.015) < 0.003, true, `${offset}`);
});

Deno.test("the host's clock is set: times in UTC stay, placed ones move with it", () => {
  const utc = clockWith();
  utc.place(0, 100);
  equal(utc.clock.hostSet(60_000), false);
  deepEqual(utc.place(100, 60_200), { start: 100, step: 0 });
  equal(utc.clock.status().offset, 60.001);
  const own = clockWith({ origin: 0 });
  own.place(0, 1_099);
  equal(own.clock.hostSet(-500), true);
  deepEqual(own.place(100, 699), { start: 600, step: 0 });
});
