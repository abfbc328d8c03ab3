import assert from "node:assert/strict";
import fc from "fast-check";
import type { HistoryAnswer } from "../../lib/client/mod.ts";
import { pastBands } from "../../web/plots/drawing/past_bands.ts";
import { notesOf } from "../../web/runs/notes.ts";
import { runOf, shiftFor } from "../../web/runs/run_of.ts";
import { Feed } from "../../web/stream/feed.ts";
import { PagePast, type RecordedRun } from "../../web/stream/page_past.ts";
import { before, pastOf, seam } from "../../web/stream/past.ts";
import { missingPart, PastLoader, type PastQuery } from "../../web/stream/past_loader.ts";
import { timestampOf } from "../../web/stream/timestamps.ts";
import { View } from "../../web/stream/view.ts";
import { setPerformance } from "../support/time.ts";

const START = 1_795_000_000;

/** An answer whose only channel has these values, at these seconds. */
function answerOf(seconds: number[], more: Partial<HistoryAnswer> = {}, values = seconds.map((_, i) => i)) {
  return {
    device_id: "daq1",
    from: timestampOf(START),
    to: timestampOf(START + 1000),
    complete: true,
    oldest: timestampOf(START),
    samples: seconds.length,
    channels: [{ name: "value", unit: "V", times: seconds.map((it) => (START + it) * 1e6), values }],
    more_channels: false,
    events: [],
    more_events: false,
    damaged: [],
    ...more,
  } as HistoryAnswer;
}

const gap = (seconds: number) => ({
  event: "gap",
  device_id: "daq1",
  timestamp: timestampOf(START + seconds),
  from: 1,
  to: 3,
  lost: 3,
  reason: "source",
});

Deno.test("the past is a line that a gap, a pause and a step of the clock break; an overload is none", () => {
  const past = pastOf(
    answerOf([0, 1, 2, 3, 4, 30, 31, 31.5], { events: [gap(2)] }, [0, 1, 2, 9.9e37, 4, 5, 6, 7]),
    100,
  );
  const line = past.lines.get("value")!;
  assert.deepEqual([...line.joined], [0, 1, 0, 1, 1, 0, 1, 1]);
  assert.deepEqual([...line.ys], [0, 1, 2, NaN, 4, 5, 6, 7]);
  assert.deepEqual(line.marks, [{ from: START + 3, to: START + 3, word: "overload" }]);
  assert.deepEqual(past.history.gaps.map(({ from, to, lost }) => [from! - START, to! - START, lost]), [[1, 2, 3]]);
  assert.equal(past.isFull, true);
  assert.equal(pastOf(answerOf([0, 1, 2]), 4).isFull, false);
});

Deno.test("the past is joined with the page's own samples without a seam, but not over a pause", () => {
  const line = pastOf(answerOf([0, 1, 2, 3, 4, 5]), 100).lines.get("value")!;
  const earlier = before(line, START + 3);
  assert.deepEqual([...earlier.xs], [0, 1, 2].map((it) => START + it));
  assert.deepEqual(seam(earlier, START + 3, 7), [{ xs: [START + 2, START + 3], ys: [2, 7] }]);
  assert.deepEqual(seam(earlier, START + 60, 7), []);
  assert.deepEqual(seam(earlier, START + 3, NaN), []);
  assert.deepEqual(seam(before(line, START), START, 7), []);
});

Deno.test("only what the page does not have is asked for, and while it follows the time only in long windows", () => {
  const rest = { isHalted: true, minSpan: 120 };
  assert.deepEqual(missingPart({ from: 10, to: 40 }, 30, rest), { from: 10, to: 30 });
  assert.deepEqual(missingPart({ from: 10, to: 40 }, 100, rest), { from: 10, to: 40 });
  assert.deepEqual(missingPart({ from: 10, to: 40 }, undefined, rest), { from: 10, to: 40 });
  assert.equal(missingPart({ from: 30, to: 40 }, 30, rest), undefined);
  assert.equal(missingPart({ from: 10, to: 40 }, 30, { isHalted: false, minSpan: 120 }), undefined);
  assert.deepEqual(missingPart({ from: 0, to: 600 }, 300, { isHalted: false, minSpan: 120 }), { from: 0, to: 300 });
});

/** A page that looks at a time range of "daq1"; its answers are given by hand. */
function pageOf(range: { from: number; to: number }, run?: RecordedRun) {
  const asked: { deviceId: string; query: PastQuery; answer: PromiseWithResolvers<HistoryAnswer> }[] = [];
  const view = new View(() => START + 1000);
  view.zoomTo(range.from, range.to);
  const feeds = new Map([["daq1", new Feed("daq1")]]);
  let changes = 0;
  const past = new PagePast({
    view,
    feeds,
    picture: ({ live }) => live,
    channelsOf: () => [],
    pixels: () => 500,
    onChange: () => changes++,
    run,
    load: (deviceId, query) => {
      const answer = Promise.withResolvers<HistoryAnswer>();
      asked.push({ deviceId, query, answer });
      return answer.promise;
    },
  });
  return { asked, view, past, feed: feeds.get("daq1")!, changes: () => changes };
}

Deno.test("a part before the ring is asked for when the view stands still, once, with room for the next step", async () => {
  const { asked, view, past, feed } = pageOf({ from: START + 100, to: START + 160 });
  past.look();
  assert.equal(asked.length, 0);
  past.look();
  past.look();
  assert.deepEqual(asked.map(({ query: { from, to, points } }) => [from - START, to - START, points]), [[
    70,
    190,
    4000,
  ]]);
  assert.equal(past.of(feed).isLoading, true);
  asked[0].answer.resolve(answerOf([80, 120, 150]));
  await asked[0].answer.promise;
  await Promise.resolve();
  assert.equal(past.of(feed).past?.lines.get("value")?.xs.length, 3);
  view.move(0.25);
  past.look();
  past.look();
  assert.equal(asked.length, 1);
  view.move(-3);
  past.look();
  past.look();
  assert.equal(asked.length, 2);
});

Deno.test("what slides out of a window that follows the time asks for nothing again, a closer look does", async () => {
  const asked: PastQuery[] = [];
  const loader = new PastLoader((_, query) => {
    asked.push(query);
    return Promise.resolve(answerOf(Array.from({ length: 5000 }, (_, i) => i / 10), { samples: 1e6 }));
  }, () => {});
  const request = { deviceId: "daq1", span: 600, pixels: 1000, channels: [] };
  for (const left of [0, 100, 200, 299, 299.9]) {
    loader.want("daq1", { ...request, range: { from: START + left, to: START + 300 } });
    await Promise.resolve();
    await Promise.resolve();
  }
  assert.equal(asked.length, 1);
  assert.equal(asked[0].points, 4000);
  // A closer look needs finer points.
  loader.want("daq1", { ...request, span: 10, range: { from: START + 100, to: START + 110 } });
  assert.equal(asked.length, 2);
});

Deno.test("zooming into what was thinned for a longer window gets all samples of it", async () => {
  const { asked, view, past, feed } = pageOf({ from: START + 100, to: START + 160 });
  for (let i = 0; i < 100; i++) {
    feed.receive(
      {
        event: "device_data",
        device_id: "daq1",
        timestamp: timestampOf(START + 10 * i),
        sequence: 10 * i,
        payload: i,
        skipped: 9,
      },
      `e1;daq1:${10 * i}`,
      START + 10 * i,
    );
  }
  past.look();
  past.look();
  assert.deepEqual(asked.map(({ query: { from, to } }) => [from - START, to - START]), [[70, 190]]);
  assert.equal(past.detail(feed), undefined);
  asked[0].answer.resolve(answerOf(Array.from({ length: 120 }, (_, i) => 70 + i)));
  await asked[0].answer.promise;
  await Promise.resolve();
  assert.equal(past.detail(feed)?.isFull, true);
  view.follow();
  assert.equal(past.detail(feed), undefined);
});

Deno.test("a newer request replaces the one before, whose answer is not shown", async () => {
  const { asked, view, past, feed } = pageOf({ from: START + 100, to: START + 160 });
  past.look();
  past.look();
  view.move(-1);
  past.look();
  past.look();
  assert.equal(asked.length, 2);
  asked[0].answer.resolve(answerOf([1]));
  await asked[0].answer.promise;
  await Promise.resolve();
  assert.equal(past.of(feed).past, undefined);
});

Deno.test("a refusal is shown in its words, and the request is repeated after a pause", async () => {
  using time = setPerformance();
  const { asked, past, feed } = pageOf({ from: START + 100, to: START + 160 });
  past.look();
  past.look();
  asked[0].answer.reject(new Error("too many histories are read"));
  await asked[0].answer.promise.catch(() => {});
  await Promise.resolve();
  assert.equal(past.of(feed).failure, "too many histories are read");
  past.look();
  assert.equal(asked.length, 1);
  const [band] = pastBands(past.of(feed), { from: 0, to: 1 });
  assert.equal(band.word, "Not loaded: too many histories are read");
  time.advance(5_000);
  past.look();
  assert.equal(asked.length, 2);
  asked[1].answer.resolve(answerOf([101]));
  await asked[1].answer.promise;
  await Promise.resolve();
  assert.equal(past.of(feed).failure, undefined);
});

Deno.test("a recording names the channels of its devices, and one over it is asked for within its own time", async () => {
  const run = { id: "a", name: "a", from: START + 100, to: START + 200, deviceIds: ["daq1"] };
  const { asked, past, feed } = pageOf({ from: START + 100, to: START + 200 }, run);
  past.look();
  asked[0].answer.resolve(answerOf([120, 150]));
  await asked[0].answer.promise;
  await Promise.resolve();
  assert.deepEqual([...feed.channels.values()], [{ name: "value", path: [], kind: "number" }]);
  past.lay({ run: { ...run, id: "b", from: START + 500, to: START + 520 }, shift: -400 });
  past.look();
  assert.deepEqual([asked[1].query.from - START, asked[1].query.to - START], [490, 530]);
});

Deno.test("a time that is not kept, not read yet or not read is named, and what is known is not", () => {
  const part = { from: START, to: START + 100 };
  const words = (past: ReturnType<typeof pastOf> | undefined, isLoading = false) =>
    pastBands({ past, isLoading, failure: undefined }, part).map((
      { word, from, to },
    ) => [word, from - START, to - START]);
  const past = (more: Partial<HistoryAnswer>) => ({ ...pastOf(answerOf([50], more), 100), from: part.from });
  assert.deepEqual(words(undefined), []);
  assert.deepEqual(words(undefined, true), [["Loading…", 0, 100]]);
  assert.deepEqual(words(past({})), []);
  assert.deepEqual(words(past({ oldest: timestampOf(START + 40) })), [["Not kept, and not recorded", 0, 40]]);
  assert.deepEqual(words(past({ oldest: null })), [["Not kept, and not recorded", 0, 100]]);
  assert.deepEqual(words(past({ complete: false, to: timestampOf(START + 70) })), [
    ["Too much to read at once: zoom in", 70, 100],
  ]);
  assert.deepEqual(pastBands({ past: undefined, isLoading: true, failure: undefined }, undefined), []);
});

Deno.test("two recordings are aligned at their starts; over live plots a recording begins with the stream, if that is in sight", () => {
  const status = (started: number, ended: number | null) => ({
    recording_id: "r",
    name: "r",
    started_at: timestampOf(started),
    ended_at: ended === null ? null : timestampOf(ended),
    contents: [{ device_id: "daq1", samples: 1, lost: 0, bytes: 1 }],
  });
  const time = fc.integer({ min: START, max: START + 1e6 });
  fc.assert(fc.property(time, time, time, (a, b, now) => {
    const [one, other] = [a, b].map((from) => runOf(status(from, null) as Parameters<typeof runOf>[0], now));
    assert.equal(other.from + shiftFor(other, { run: one, left: 0 }), one.from);
    assert.equal(one.to, Math.max(now, a + 1));
    const left = other.from + shiftFor(other, { left: now, streamingSince: a });
    assert.equal(left, a >= now ? a : now);
  }));
});

Deno.test("the notes of recordings lie on the plots of their devices, each once; those of a recording are its own", () => {
  const note = (seconds: number, text: string) => ({ at: timestampOf(START + seconds), text });
  const recording = (recording_id: string, device_id: string, ...notes: ReturnType<typeof note>[]) => ({
    recording_id,
    contents: [{ device_id, samples: 1, lost: 0, bytes: 1 }],
    notes,
  });
  const all = [
    recording("a", "daq1", note(5, "lid open"), note(1, "begin")),
    recording("b", "daq1", note(5, "lid open")),
    recording("c", "other", note(2, "other")),
  ];
  const words = (id: string, run?: string) => notesOf(all, id, run).map(({ time, text }) => [time - START, text]);
  assert.deepEqual(words("daq1"), [[1, "begin"], [5, "lid open"]]);
  assert.deepEqual(words("daq1", "b"), [[5, "lid open"]]);
  assert.deepEqual(words("daq1", "c"), [[2, "other"]]);
});
