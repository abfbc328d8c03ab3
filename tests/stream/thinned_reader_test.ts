import assert from "node:assert/strict";
import fc from "fast-check";
import { ThinnedReader, THINNINGS } from "../../lib/stream/mod.ts";
import { type FakeTime, fakeTime } from "../support/time.ts";
import { brief, drain, makeLog, samples, state, type WireEvent } from "./wire.ts";

/** A log, a thinned reader of it, and all that the reader takes as soon as it is woken. */
function bench(maxRate: number, ring: Parameters<typeof makeLog>[0] = {}, thinning = THINNINGS.get("newest")!()) {
  const log = makeLog(ring);
  const reader = new ThinnedReader(log.cursor(), maxRate, thinning);
  const events: WireEvent[] = [];
  const read = () => void events.push(...drain(reader));
  const leave = reader.subscribe(read);
  return { log, reader, events, read, leave };
}

const skipped = (events: WireEvent[]) => events.map(({ data }) => data.skipped);

Deno.test("the first sample passes at once, and skips nothing", async () => {
  using time = fakeTime();
  const { log, events, leave } = bench(10);
  log.append(samples(0, 1));
  await time.tick(0);
  assert.deepEqual(brief(events), [0]);
  assert.deepEqual(skipped(events), [0]);
  leave();
});

Deno.test("of each interval the newest sample is given, with the number of those left out before it", async () => {
  using time = fakeTime();
  const { log, events, leave } = bench(10);
  for (let i = 0; i < 30; i++) {
    log.append(samples(i, 1));
    await time.tick(10);
  }
  assert.deepEqual(brief(events), [0, 9, 19, 29]);
  assert.deepEqual(skipped(events), [0, 8, 9, 9]);
  leave();
});

Deno.test("a block of many samples gives its newest", async () => {
  using time = fakeTime();
  const { log, events, leave } = bench(10);
  log.append(samples(0, 5));
  await time.tick(1);
  log.append(samples(5, 4));
  log.append(samples(9, 1));
  await time.tick(100);
  assert.deepEqual(brief(events), [4, 9]);
  assert.deepEqual(skipped(events), [4, 4]);
  assert.deepEqual(events.map(({ id }) => id), ["e1-4", "e1-9"]);
  assert.deepEqual(events.map(({ data }) => data.payload), [4, 9]);
  leave();
});

for (const [produced, asked] of [[1_000, 10], [1_000, 60], [100, 30], [50, 7]]) {
  Deno.test(`${produced} Hz thinned to ${asked} Hz arrive at ${asked} Hz`, async () => {
    using time = fakeTime();
    const { log, events, leave } = bench(asked);
    for (let i = 0; i < produced * 10; i++) {
      log.append(samples(i, 1));
      await time.tick(1000 / produced);
    }
    assert.ok(Math.abs(events.length - asked * 10) <= 2, `${events.length} instead of ${asked * 10}`);
    leave();
  });
}

Deno.test("a device that is slower than the rate is not thinned", async () => {
  using time = fakeTime();
  const { log, events, leave } = bench(100);
  for (let i = 0; i < 20; i++) {
    log.append(samples(i, 1));
    await time.tick(50);
  }
  assert.deepEqual(brief(events), Array.from({ length: 20 }, (_, i) => i));
  assert.ok(skipped(events).every((count) => count === 0));
  leave();
});

Deno.test("no burst follows a pause", async () => {
  using time = fakeTime();
  const { log, events, leave } = bench(10);
  log.append(samples(0, 1));
  await time.tick(60_000);
  for (let i = 1; i <= 5; i++) log.append(samples(i, 1));
  await time.tick(99);
  assert.deepEqual(brief(events), [0, 1]);
  await time.tick(1);
  assert.deepEqual(brief(events), [0, 1, 5]);
  leave();
});

Deno.test("states and gaps pass at once and in order, the sample before them first", async () => {
  using time = fakeTime();
  const { log, events, leave } = bench(1);
  log.append(samples(0, 1));
  log.append(samples(1, 2));
  log.notifyState(state("retrying"));
  log.append(samples(3, 2));
  log.lose(8);
  log.append(samples(8, 1));
  await time.tick(0);
  assert.deepEqual(brief(events), [0, 2, "retrying", 4, "source 5-7"]);
  assert.deepEqual(skipped(events), [0, 1, undefined, 1, undefined]);
  await time.tick(10_000);
  assert.deepEqual(brief(events).at(-1), 8);
  leave();
});

Deno.test("a new reader gets the state first", () => {
  using _time = fakeTime();
  const log = makeLog();
  log.notifyState(state("streaming"));
  log.append(samples(0, 3));
  const reader = new ThinnedReader(log.cursor("e1-0"), 10);
  assert.deepEqual(brief(drain(reader)), ["streaming", 2]);
});

Deno.test("a reader that leaves leaves no timer", async () => {
  using time = fakeTime();
  const { log, leave } = bench(1);
  for (let i = 0; i < 5; i++) log.append(samples(i, 1));
  assert.equal(time.timers, 1);
  leave();
  assert.equal(time.timers, 0);
  await time.tick(10_000);
});

Deno.test("the thinning by extremes keeps a spike of one sample, at no higher rate", async () => {
  using time = fakeTime();
  const { log, events, leave } = bench(10, {}, THINNINGS.get("minmax")!());
  // Payloads rise with their numbers, so an interval's extremes are its first and its last.
  for (let i = 0; i < 1_000; i++) {
    log.append(samples(i, 1));
    await time.tick(1);
  }
  assert.ok(Math.abs(events.length - 10) <= 2, `${events.length} events`);
  assert.deepEqual(brief(events).slice(0, 4), [0, 1, 199, 200]);
  leave();
});

/** The operations on a log. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("state" as const), count: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), count: fc.integer({ min: 1, max: 300 }) }) },
);

type Bench = ReturnType<typeof bench>;

async function take(step: { do: string; count: number }, { log }: Bench, time: FakeTime): Promise<void> {
  if (step.do === "append") log.append(samples(log.sequence, step.count));
  if (step.do === "lose") log.lose(log.sequence + step.count);
  if (step.do === "wait") await time.tick(step.count);
  if (step.do === "state") log.notifyState(state(`state ${step.count}`));
}

for (const name of THINNINGS.keys()) {
  const thinning = THINNINGS.get(name)!;

  Deno.test(`received + skipped + lost = produced, in order, for any rhythm (${name})`, async () => {
    using time = fakeTime();
    const maxBytes = fc.integer({ min: 500, max: 5_000 });
    const rate = fc.constantFrom(1, 5, 30, 1_000);
    await fc.assert(
      fc.asyncProperty(maxBytes, rate, fc.array(step, { maxLength: 30 }), async (maxBytes, rate, steps) => {
        const live = bench(rate, { maxBytes }, thinning());
        const { log, events, leave } = live;
        for (const step of steps) await take(step, live, time);
        await time.tick(5_000);

        let accounted = 0;
        let last = -1;
        for (const { data } of events) {
          if (data.event === "device_state") continue;
          accounted += data.event === "gap" ? Number(data.lost) : 1 + Number(data.skipped);
          const sequence = data.sequence ?? Number(data.to);
          assert.ok(sequence > last);
          last = sequence;
        }
        assert.equal(accounted, log.sequence);
        const states = steps.filter((step) => step.do === "state").map(({ count }) => `state ${count}`);
        assert.equal(events.findLast(({ data }) => data.state)?.data.state, states.at(-1));
        leave();
      }),
    );
  });

  Deno.test(`a later reader with a past gets what it would have got at the time (${name})`, async () => {
    using time = fakeTime();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 5, 25), fc.array(step, { maxLength: 40 }), async (rate, steps) => {
        const live = bench(rate, {}, thinning());
        const { log, events, leave } = live;
        for (const step of steps) {
          await take(step, live, time);
          // Apart: of what comes at the same moment a reader who is there may see a part first. So are the ends of the intervals,
          // which are whole milliseconds: a timer has no others.
          await time.tick(2);
        }
        await time.tick(5_000);
        const later = drain(new ThinnedReader(log.cursor(undefined, 3_600_000), rate, thinning()));
        const got = later.slice(log.state ? 1 : 0);
        assert.deepEqual(brief(got), brief(events));
        assert.deepEqual(skipped(got), skipped(events));
        leave();
      }),
    );
  });
}

Deno.test("after its past a reader gets samples at its rate", async () => {
  using time = fakeTime();
  const log = makeLog();
  for (let i = 0; i < 1_000; i++) {
    log.append(samples(i, 1));
    await time.tick(1);
  }
  const reader = new ThinnedReader(log.cursor(undefined, 300), 10);
  const events = drain(reader);
  const leave = reader.subscribe(() => void events.push(...drain(reader)));
  for (let i = 1_000; i < 1_300; i++) {
    log.append(samples(i, 1));
    await time.tick(1);
  }
  assert.deepEqual(brief(events), [700, 799, 899, 999, 1099, 1199, 1299].slice(0, events.length));
  assert.ok(events.length >= 6, `${events.length}`);
  leave();
});
