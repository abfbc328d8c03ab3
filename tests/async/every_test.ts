import assert from "node:assert/strict";
import { delay } from "../../lib/async/delay.ts";
import { every, type EveryOptions } from "../../lib/async/every.ts";
import { fakeTime } from "../support/time.ts";

/** The ticks that a consumer got: number and time. */
interface Tick {
  tick: number;
  at: number;
}

/** Takes ticks, being busy for `busy` milliseconds with each, until stopped. */
function consume(period: number, { busy = 0, ...options }: EveryOptions & { busy?: number } = {}) {
  const stop = new AbortController();
  const start = performance.now();
  const ticks: Tick[] = [];
  const done = (async () => {
    for await (const tick of every(period, stop.signal, options)) {
      ticks.push({ tick, at: performance.now() - start });
      if (busy > 0) await delay(busy);
    }
  })();
  return {
    ticks,
    numbers: () => ticks.map(({ tick }) => tick),
    stop: () => {
      stop.abort();
      return done;
    },
  };
}

for (const [rate, seconds] of [[10, 60], [100, 20], [1_000, 5], [10_000, 2], [30, 20], [3, 100], [700, 3]]) {
  Deno.test(`every() at ${rate} Hz ticks rate × T times in ${seconds} s, to within one tick`, async () => {
    using time = fakeTime();
    const consumer = consume(1000 / rate);

    await time.tick(seconds * 1000);

    const count = consumer.ticks.length;
    assert.ok(Math.abs(count - rate * seconds) <= 1, `${count} ticks instead of ${rate * seconds}`);
    assert.deepEqual(consumer.numbers(), Array.from({ length: count }, (_, i) => i));
    await consumer.stop();
  });

  Deno.test(`every() at ${rate} Hz keeps each tick within a timer's turn of its deadline`, async () => {
    using time = fakeTime();
    const consumer = consume(1000 / rate);

    await time.tick(1_000);

    for (const { tick, at } of consumer.ticks) {
      const late = at - tick * 1000 / rate;
      assert.ok(Math.abs(late) <= 1, `tick ${tick} was ${late} ms late`);
    }
    await consumer.stop();
  });
}

Deno.test("every() gives the first tick at once", async () => {
  using time = fakeTime();
  const consumer = consume(60_000);
  await time.tick(0);
  assert.deepEqual(consumer.ticks, [{ tick: 0, at: 0 }]);
  await consumer.stop();
});

Deno.test("every() at 10 kHz lets several samples share a turn of the timers", async () => {
  using time = fakeTime();
  const consumer = consume(0.1);
  await time.tick(100);
  const turns = new Set(consumer.ticks.map(({ at }) => at));
  assert.ok(consumer.ticks.length >= 999);
  assert.ok(turns.size <= 101, `${turns.size} turns`);
  await consumer.stop();
});

Deno.test("every() catches up after a busy consumer, so that the count stays right", async () => {
  using time = fakeTime();
  const stop = new AbortController();
  const ticks: Tick[] = [];
  const done = (async () => {
    for await (const tick of every(10, stop.signal)) {
      ticks.push({ tick, at: performance.now() });
      if (tick === 3) await delay(55);
    }
  })();
  const start = performance.now();

  await time.tick(200);

  assert.deepEqual(ticks.map(({ tick }) => tick), Array.from({ length: 21 }, (_, i) => i));
  // The one millisecond is the turn that timers and sockets get before the burst.
  assert.deepEqual(ticks.slice(3, 10).map(({ at }) => at - start), [30, 86, 86, 86, 86, 86, 90]);
  stop.abort();
  await done;
});

Deno.test("every() that skips leaves late ticks out and keeps the phase", async () => {
  using time = fakeTime();
  const consumer = consume(100, { late: "skip", busy: 250 });

  await time.tick(1_050);

  assert.deepEqual(consumer.numbers(), [0, 2, 5, 7, 10]);
  const stopped = consumer.stop();
  await time.tick(250);
  await stopped;
});

Deno.test("every() that skips leaves no tick out for a fast consumer", async () => {
  using time = fakeTime();
  const consumer = consume(100, { late: "skip", busy: 99 });
  await time.tick(2_000);
  assert.deepEqual(consumer.numbers(), Array.from({ length: 21 }, (_, i) => i));
  const stopped = consumer.stop();
  await time.tick(99);
  await stopped;
});

Deno.test("every() skips to now when the consumer is more than a second behind, and reports the skipped ticks", async () => {
  using time = fakeTime();
  const stop = new AbortController();
  const numbers: number[] = [];
  const done = (async () => {
    for await (const tick of every(100, stop.signal)) {
      numbers.push(tick);
      if (tick === 1) await delay(5_000);
    }
  })();

  await time.tick(5_300);

  assert.deepEqual(numbers, [0, 1, 51, 52, 53]);
  stop.abort();
  await done;
});

Deno.test("every() lets timers and sockets run while its consumer is always late", async () => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 20);
  let ticks = 0;
  for await (const _ of every(0.000_001, stop.signal)) ticks++;
  assert.ok(stop.signal.aborted);
  assert.ok(ticks > 0);
  clearTimeout(timer);
});

Deno.test("every() ends quietly when its signal aborts during a wait, and leaves no timer", async () => {
  using time = fakeTime();
  const consumer = consume(1_000);
  await time.tick(2_500);
  await consumer.stop();
  assert.deepEqual(consumer.numbers(), [0, 1, 2]);
  assert.equal(time.timers, 0);
});

Deno.test("every() gives no tick when its signal has aborted before", async () => {
  const ticks = await Array.fromAsync(every(10, AbortSignal.abort()));
  assert.deepEqual(ticks, []);
});

Deno.test("every() ends when its consumer leaves the loop, and leaves no timer", async () => {
  using time = fakeTime();
  const stop = new AbortController();
  for await (const _ of every(10, stop.signal)) break;
  assert.equal(time.timers, 0);
});

for (const period of [0, -1, NaN, Infinity]) {
  Deno.test(`every(${period}) is refused`, async () => {
    await assert.rejects(() => every(period, new AbortController().signal).next(), {
      name: "RangeError",
      message: `Cannot tick every ${period} ms: the period must be a positive number of milliseconds`,
    });
  });
}
