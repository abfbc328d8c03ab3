import assert from "node:assert/strict";
import fc from "fast-check";
import type { StreamEvent } from "../../lib/client/mod.ts";
import { stepText } from "../../lib/format/elapsed.ts";
import { bandsOf } from "../../web/plots/drawing/bands.ts";
import { Feed } from "../../web/stream/feed.ts";
import { timestampOf } from "../../web/stream/timestamps.ts";

/** Some fields of an event. */
type Fields = Record<string, unknown>;

const START = 1_795_000_000;

/** A feed of "daq1", and the daemon that sends to it. */
function feedOf({ epoch = "e1" } = {}) {
  const feed = new Feed("daq1");
  const send = (event: Fields, position: number, seconds: number, late = 0) =>
    feed.receive(
      { event: "device_data", device_id: "daq1", timestamp: timestampOf(START + seconds), ...event } as StreamEvent,
      `${epoch};host1:7;daq1:${position}`,
      START + seconds + late,
    );
  return {
    feed,
    sample: (sequence: number, seconds: number, more: Fields = {}, late = 0) =>
      send({ sequence, payload: sequence, ...more }, sequence, seconds, late),
    gap: (gap: Fields, next: number, seconds: number) => send({ event: "gap", ...gap }, next - 1, seconds),
    state: (state: string, seconds: number, more: Fields = {}, late = 0) =>
      send(
        { event: "device_state", state, ...more },
        feed.gaps.next === undefined ? -1 : feed.gaps.next - 1,
        seconds,
        late,
      ),
    clock: (step: number, seconds: number) => send({ event: "clock", step }, feed.gaps.next! - 1, seconds),
    restart: () => epoch = "e2",
    gaps: () =>
      feed.gaps.list.map(({ reason, lost, from, to }) => [reason, lost, from && from - START, to && to - START]),
    joined: () => [...feed.live.trace.joined.slice(feed.live.trace.from, feed.live.trace.to)],
  };
}

Deno.test("samples that follow each other are one line, and nothing is missing", () => {
  const { sample, gaps, joined, feed } = feedOf();
  for (let i = 0; i < 4; i++) sample(i, i);
  assert.deepEqual(joined(), [0, 1, 1, 1]);
  assert.deepEqual(gaps(), []);
  assert.equal(feed.values.get("value"), 3);
});

Deno.test("samples that thinning left out are no gap", () => {
  const { sample, gaps, joined } = feedOf();
  sample(0, 0);
  sample(10, 0.1, { skipped: 9 });
  sample(20, 0.2, { skipped: 9 });
  assert.deepEqual(joined(), [0, 1, 1]);
  assert.deepEqual(gaps(), []);
});

Deno.test("a gap breaks the line from the last sample before to the first one after", () => {
  const { sample, gap, gaps, joined } = feedOf();
  sample(0, 1);
  gap({ from: 1, to: 3, lost: 3, reason: "source" }, 4, 1.5);
  assert.deepEqual(gaps(), [["source", 3, 1, undefined]]);
  sample(4, 2);
  assert.deepEqual(gaps(), [["source", 3, 1, 2]]);
  assert.deepEqual(joined(), [0, 0]);
});

Deno.test("a restart of the daemon is one gap of unknown size, and sequence numbers restart", () => {
  const { sample, gap, gaps, restart, joined } = feedOf();
  sample(7, 1);
  restart();
  gap({ from: 8, to: null, lost: null, reason: "restart" }, 0, 5);
  sample(0, 6);
  sample(1, 7);
  assert.deepEqual(gaps(), [["restart", null, 1, 6]]);
  assert.deepEqual(joined(), [0, 0, 1]);
});

Deno.test("another epoch is a gap even if the daemon sends none", () => {
  const { sample, gaps, restart } = feedOf();
  sample(7, 1);
  restart();
  sample(0, 6);
  assert.deepEqual(gaps(), [["restart", null, 1, 6]]);
});

Deno.test("a sample that comes twice is drawn once", () => {
  const { sample, feed } = feedOf();
  for (const sequence of [0, 1, 1, 0, 2]) sample(sequence, sequence);
  assert.equal(feed.live.trace.length, 3);
});

Deno.test("samples that waited for this page and arrive thinned are one unwatched gap", () => {
  const { sample, gaps, feed } = feedOf();
  feed.interval = 0.02;
  sample(0, 0);
  feed.interrupted();
  sample(400, 4, { skipped: 399 }, 8);
  sample(900, 9, { skipped: 499 }, 3);
  sample(1200, 12, { skipped: 299 });
  sample(1202, 12.02, { skipped: 1 });
  assert.deepEqual(gaps(), [["unwatched", 1197, 0, 12]]);
});

Deno.test("a stop in the replayed past is not a gap", () => {
  const { sample, state, gaps, joined, feed } = feedOf();
  feed.interval = 0.02;
  state("streaming", 100, {}, 0);
  sample(199, 1, { skipped: 199 }, 99);
  state("connected", 2, {}, 98);
  state("streaming", 60, {}, 40);
  sample(399, 61, { skipped: 199 }, 39);
  assert.deepEqual([gaps(), joined()], [[], [0, 0]]);
});

Deno.test("after a stop that is sent first, a new line begins at the next start", () => {
  const { sample, state, joined } = feedOf();
  state("connected", 10);
  sample(0, 1, {}, 9);
  state("connected", 10);
  state("streaming", 20);
  sample(1, 21);
  assert.deepEqual(joined(), [0, 0]);
});

Deno.test("a cleared feed is restored by a replay, with the same channels", () => {
  const { sample, state, gaps, joined, feed } = feedOf();
  const sendAll = () => {
    state("streaming", 0);
    for (let i = 0; i < 4; i++) sample(i, i);
  };
  sendAll();
  feed.clear();
  assert.deepEqual([feed.state?.state, feed.live.trace.length, feed.gaps.next], ["streaming", 0, undefined]);
  sendAll();
  assert.deepEqual([gaps(), joined(), feed.states.length], [[], [0, 1, 1, 1], 1]);
  assert.deepEqual([...feed.live.trace.columns.get("value")!.slice(0, 4)], [0, 1, 2, 3]);
});

Deno.test("a slow device that missed nothing while the page was cut off has no gap", () => {
  const { sample, gaps, feed } = feedOf();
  sample(0, 0);
  feed.interrupted();
  sample(1, 20, {}, 10);
  assert.deepEqual(gaps(), []);
});

Deno.test("when the daemon's clock is set back, the points after it are removed, and a gap reports it", () => {
  const { sample, gaps, feed } = feedOf();
  for (let i = 0; i < 10; i++) sample(i, i);
  sample(10, 5.5);
  const { trace } = feed.live;
  assert.deepEqual([...trace.times.slice(trace.from, trace.to)].map((time) => time - START), [0, 1, 2, 3, 4, 5, 5.5]);
  assert.deepEqual(gaps(), [["clock", 4, 5.5, 5.5]]);
});

for (const step of [3 * 86_400, -0.5, -3_600]) {
  Deno.test(`a clock that is set by ${step} s is a mark: no line over it, no missing sample, and no point is removed`, () => {
    const { sample, gap, clock, gaps, joined, feed } = feedOf();
    for (let i = 0; i < 4; i++) sample(i, i);
    gap({ from: 4, to: 4, lost: 1, reason: "source" }, 5, 3.5);
    sample(5, 4);
    for (let twice = 0; twice < 2; twice++) clock(step, 5 + step);
    sample(6, 5 + step, { skipped: 0 }, 2);
    sample(7, 6 + step);
    const { trace } = feed.live;
    const relative = (times: Float64Array) => [...times.slice(trace.from, trace.to)].map((time) => time - START);
    assert.deepEqual(relative(trace.times), [0, 1, 2, 3, 4, 5, 6].map((time) => time + step));
    assert.deepEqual(relative(trace.stamps), [0, 1, 2, 3, 4, 5 + step, 6 + step]);
    assert.deepEqual(joined(), [0, 1, 1, 1, 0, 0, 1]);
    assert.deepEqual(gaps(), [["source", 1, 3 + step, 4 + step]]);
    assert.deepEqual(feed.steps, [{ step, from: START + 4 + step, to: START + 5 + step }]);
    const bands = bandsOf(
      { states: feed.states, gaps: [], steps: feed.steps, outageSince: undefined },
      { from: START + step, to: START + 10 + step },
      String,
    );
    assert.deepEqual(bands.map(({ word, from, to }) => [word, from - START - step, to - START - step]), [
      [`clock set ${stepText(step)}`, 4, 5],
    ]);
  });
}

Deno.test("two steps of the clock move the samples before them by both", () => {
  const { sample, clock, joined, feed } = feedOf();
  sample(0, 0);
  clock(100, 101);
  sample(1, 101);
  clock(-50, 52);
  sample(2, 52);
  const { trace } = feed.live;
  assert.deepEqual([...trace.times.slice(0, 3)].map((time) => time - START), [50, 51, 52]);
  assert.deepEqual(joined(), [0, 0, 0]);
  assert.deepEqual(feed.steps.map(({ from, to }) => [from - START, to! - START]), [[50, 51], [51, 52]]);
});

Deno.test("after a device was stopped its line begins again, without anything being lost", () => {
  const { sample, state, gaps, joined } = feedOf();
  sample(0, 0);
  state("connected", 1);
  state("streaming", 2);
  sample(1, 3);
  sample(2, 4);
  assert.deepEqual(joined(), [0, 0, 1]);
  assert.deepEqual(gaps(), []);
});

Deno.test("the first state of a new stream is not added twice, and older ones after it do not replace it", () => {
  const { state, feed } = feedOf();
  state("streaming", 0);
  state("streaming", 20);
  state(
    "retrying",
    10,
    { error: { type: "Error", message: "no cable", origin: "device", timestamp: "", context: {} } },
    12,
  );
  state("streaming", 20);
  assert.deepEqual(feed.states.map((it) => [it.state, it.time - START]), [["streaming", 0], ["retrying", 10], [
    "streaming",
    20,
  ]]);
  assert.equal(feed.state?.state, "streaming");
});

for (const last of ["retrying", "streaming"]) {
  Deno.test(`a device that was ${last} and is missing after a restart is shaded since the connection was lost`, () => {
    const { state, feed } = feedOf();
    state(last, 0);
    feed.absent(START + 10);
    const bands = (to: number) =>
      bandsOf(
        { states: feed.states, gaps: [], steps: [], outageSince: undefined },
        { from: START + 10, to: START + to },
        (it) => it,
      )
        .filter(({ from, to }) => from < to)
        .map(({ kind, word, from, to }) => [kind, word, from - START, to - START]);
    assert.deepEqual(bands(90), [["outage", "absent", 10, 90]]);
    state("streaming", 50);
    assert.deepEqual(bands(90), [["outage", "absent", 10, 50]]);
  });
}

Deno.test("a state keeps the daemon's failure source, and no source without one", () => {
  const { state, feed } = feedOf();
  const error = { type: "VendorCrash", message: "boom", origin: "device", timestamp: "", context: {} };
  state("retrying", 0, { error, failure_source: "driver" });
  assert.equal(feed.state?.source, "driver");
  state("retrying", 1, { error });
  assert.equal(feed.state?.source, undefined);
});

Deno.test("a state has no time of the next attempt", () => {
  const { state, feed } = feedOf();
  state("retrying", 0, { retry_in: 12 });
  assert.deepEqual(feed.state, { time: START, state: "retrying", error: undefined, source: undefined });
});

Deno.test("a payload's numbers, waveforms and words become channels; memory stays bounded", () => {
  const { sample, feed } = feedOf();
  const payload = (i: number) => ({
    in: i,
    wave: Array.from({ length: 100 }, () => i),
    ok: true,
    text: "fine",
    none: null,
  });
  for (let i = 0; i < 50_000; i++) sample(i, i / 100, i < 200 || i % 1000 === 0 ? { payload: payload(i) } : {});
  assert.deepEqual([...feed.channels.values()].map(({ name, kind }) => `${name} ${kind}`), [
    "in number",
    "wave waveform",
    "ok word",
    "text word",
    "value number",
  ]);
  assert.equal(feed.live.trace.length, feed.live.trace.capacity);
  assert.ok(feed.live.trace.times.length <= feed.live.trace.capacity * 1.25);
  assert.equal(feed.live.waveforms.get("wave")!.length, 128);
  assert.equal(feed.live.waveforms.get("wave")!.at(-1)!.sequence, 49_000);
});

Deno.test("a channel that is null has no newest value, rather than the one before", () => {
  const { sample, feed } = feedOf();
  const now = () => Object.fromEntries(feed.values);
  sample(0, 0, { payload: { in: 1, fan: { cpu: 900 }, ok: true } });
  sample(1, 1, { payload: { in: null, fan: null } });
  assert.deepEqual(now(), { ok: true });
  sample(2, 2, { payload: { in: 2 } });
  assert.deepEqual(now(), { ok: true, in: 2 });
  sample(3, 3, { payload: null });
  assert.deepEqual(now(), {});
});

Deno.test("a device of single numbers that is null has no newest value", () => {
  const { sample, feed } = feedOf();
  sample(0, 0, { payload: 5 });
  sample(1, 1, { payload: null });
  assert.equal(feed.values.has("value"), false);
  assert.deepEqual([...feed.live.trace.columns.get("value")!.subarray(0, 2)], [5, NaN]);
});

Deno.test("whatever is lost, thinned, repeated or cut off: samples + skipped + lost = produced", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("sample"), skipped: fc.nat(5) }),
    fc.record({ kind: fc.constant("gap"), lost: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant("unreported"), lost: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant("repeat") }),
    fc.record({ kind: fc.constant("cut") }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const { feed, sample, gap, state } = feedOf();
    state("streaming", 0);
    let [next, seconds] = [0, 0];
    for (const it of [...steps, { kind: "sample", skipped: 0 } as const]) {
      seconds++;
      if (it.kind === "sample") {
        const sequence = next + (it as { skipped: number }).skipped;
        sample(sequence, seconds, { skipped: sequence - next });
        next = sequence + 1;
      } else if (it.kind === "gap") {
        const { lost } = it as { lost: number };
        gap({ from: next, to: next + lost - 1, lost, reason: "source" }, next + lost, seconds);
        next += lost;
      } else if (it.kind === "unreported") next += (it as { lost: number }).lost;
      else if (it.kind === "repeat" && next > 0) sample(next - 1, seconds);
      else if (it.kind === "cut") feed.interrupted();
    }
    const { trace } = feed.live;
    const skipped = trace.skipped.slice(trace.from, trace.to).reduce((sum, n) => sum + n, 0);
    const lost = feed.gaps.list.reduce((sum, gap) => sum + (gap.reason === "unwatched" ? 0 : gap.lost!), 0);
    assert.equal(trace.length + skipped + lost, next);
    assert.equal(feed.gaps.list.every(({ to }) => to !== undefined), true);
  }));
});
