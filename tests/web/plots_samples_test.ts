import assert from "node:assert/strict";
import fc from "fast-check";
import type { StreamEvent } from "../../lib/client/mod.ts";
import { encodeJson } from "../../lib/stream/encode.ts";
import { colorTable } from "../../web/chart/color_map.ts";
import { waterfallOf } from "../../web/plots/drawing/waterfall.ts";
import { inOrder } from "../../web/plots/drawing/channel_order.ts";
import { marksOf } from "../../web/plots/drawing/marks_of.ts";
import { plotsOf } from "../../web/plots/drawing/plots_of.ts";
import { valueText } from "../../web/plots/drawing/value_text.ts";
import { leavesOf } from "../../web/stream/channels.ts";
import { Feed } from "../../web/stream/feed.ts";
import { Pace } from "../../web/stream/pace.ts";
import { timestampOf } from "../../web/stream/timestamps.ts";

const START = 1_795_000_000;

/** A device that gave these payloads at these seconds; one a second by default. */
function feedOf(payloads: unknown[], times = payloads.map((_, i) => i)): Feed {
  const feed = new Feed("daq1");
  payloads.forEach((payload, i) =>
    feed.receive(
      {
        event: "device_data",
        device_id: "daq1",
        timestamp: timestampOf(START + times[i]),
        sequence: i,
        payload,
      } as StreamEvent,
      `e1;daq1:${i}`,
      START + times[i],
    )
  );
  return feed;
}

const numbers = (
  { live: { trace } }: Feed,
  name = "value",
) => [...trace.columns.get(name)!.slice(trace.from, trace.to)];
const marks = ({ live: { trace } }: Feed, name = "value") =>
  marksOf(trace, name, trace.from, trace.to).map(({ from, to, word }) => [from - START, to - START, word]);
const joined = ({ live: { trace } }: Feed) => [...trace.joined.slice(trace.from, trace.to)];

Deno.test("an overload is a mark with its word, and does not stretch the scale", () => {
  const feed = feedOf([1, 9.9e37, 9.9e37, 2, -9.9e37, 9.91e37]);
  assert.deepEqual(numbers(feed), [1, NaN, NaN, 2, NaN, NaN]);
  assert.deepEqual(marks(feed), [[1, 2, "overload"], [4, 4, "negative overload"], [5, 5, "not a number"]]);
  assert.equal(valueText(feed.values.get("value"), "V"), "not a number");
});

for (const first of ["OL", 9.9e37, true]) {
  Deno.test(`a channel that begins with ${first} is plotted as soon as numbers come`, () => {
    const feed = feedOf([first, first, 3, 4]);
    assert.equal(feed.channels.get("value")?.kind, "number");
    assert.deepEqual(numbers(feed), [NaN, NaN, 3, 4]);
    assert.equal(marks(feed).length, 1);
    assert.deepEqual(marks(feed)[0].slice(0, 2), [0, 1]);
  });
}

Deno.test("a missing number is a mark; a channel that a sample does not have is none", () => {
  const feed = feedOf([{ a: 1, b: 1 }, { a: null, b: 2 }, { b: 3 }, { a: 4, b: "off" }]);
  assert.deepEqual(marks(feed, "a"), [[1, 1, "no value"]]);
  assert.deepEqual(marks(feed, "b"), [[3, 3, "off"]]);
});

Deno.test("a waveform that turns into texts is not shown as the newest sample", () => {
  const feed = feedOf([[1, 2, 3], "trigger lost", [4, 5, 6], "trigger lost"]);
  assert.equal(feed.channels.get("value")?.kind, "waveform");
  assert.equal(feed.live.waveforms.get("value")?.length, 2);
  assert.equal(valueText(feed.values.get("value"), "V"), "trigger lost");
});

Deno.test("a table of numbers is one image, as a list of lists and as base64; a small one is channels", () => {
  const rows = Array.from({ length: 32 }, (_, y) => Array.from({ length: 32 }, (_, x) => x + 100 * y));
  const base64 = new Uint8Array(Float32Array.from(rows.flat()).buffer).toBase64();
  for (const image of [rows, { dtype: "float32", shape: [32, 32], base64 }]) {
    const leaves = leavesOf({ image });
    assert.deepEqual(leaves.map(({ name }) => name), ["image"]);
    assert.deepEqual(leaves[0].value, { width: 32, values: Float64Array.from(rows.flat()) });
    const feed = feedOf([{ image }]);
    assert.deepEqual(plotsOf("daq1", feed.channels.values(), null, () => true).map(({ kind }) => kind), ["image"]);
    assert.equal(valueText(feed.values.get("image"), ""), "32 × 32");
  }
  assert.deepEqual(leavesOf({ matrix: [[1, 2], [3, 4]] }).map(({ name }) => name), [
    "matrix.0.0",
    "matrix.0.1",
    "matrix.1.0",
    "matrix.1.1",
  ]);
});

Deno.test("an integer beyond 2^53 is drawn, and shown with all its digits; a text of digits stays a text", () => {
  const feed = feedOf([2n ** 60n + 1n, 2n ** 60n + 2n].map((n) => JSON.parse(encodeJson(n))));
  assert.deepEqual(numbers(feed), [2 ** 60, 2 ** 60]);
  assert.equal(valueText(feed.values.get("value"), "ticks"), "1152921504606846978 ticks");
  assert.equal(valueText(2 ** 60, ""), "1.15292150460685e+18");
  assert.equal(leavesOf("1234567890123456")[0].value, "1234567890123456");
});

Deno.test("channels have the order and the colours of the schema, whatever the first sample has and whatever is drawn", () => {
  const schema = {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" }, c: { type: "number" } },
  };
  const feed = feedOf([{ other: 1, c: 1 }, { b: 2, a: 1, c: 3 }]);
  assert.deepEqual(inOrder(feed.channels.values(), schema).map(({ name }) => name), ["a", "b", "c", "other"]);
  const [plot] = plotsOf("daq1", feed.channels.values(), schema, (name) => name !== "a");
  assert.deepEqual([plot.names, plot.colors], [["b", "c", "other"], [1, 2, 3]]);
});

Deno.test("a stretch without samples that is much longer than the device's own period is not joined by a line", () => {
  const times = [0, 0.2, 0.4, 0.6, 5, 5.2, 5.4, 5.6, 9.4, 9.6];
  assert.deepEqual(joined(feedOf(times.map(() => 1), times)), [0, 1, 1, 1, 0, 1, 1, 1, 0, 1]);
});

Deno.test("a device that has become slower is a line again after a few samples", () => {
  const times = [0, 0.1, 0.2, 0.3, ...Array.from({ length: 8 }, (_, i) => 2 + i)];
  assert.deepEqual(joined(feedOf(times.map(() => 1), times)).slice(-4), [1, 1, 1, 1]);
});

Deno.test("whatever the period, a steady device and one that sends in bursts have no pause", () => {
  const period = fc.double({ min: 1e-4, max: 3600, noNaN: true });
  fc.assert(fc.property(period, fc.integer({ min: 1, max: 50 }), (period, burst) => {
    const pace = new Pace();
    for (let i = 1; i < 200; i++) assert.equal(pace.isPause(i % burst === 0 ? period : 0), false);
  }));
});

Deno.test("the colours of an image go from dark to light", () => {
  const table = colorTable();
  const brightness = (pixel: number) => (pixel & 255) + (pixel >> 8 & 255) + (pixel >> 16 & 255);
  assert.equal(table.length, 256);
  assert.ok(brightness(table[255]) > brightness(table[128]) && brightness(table[128]) > brightness(table[0]));
  assert.ok(table.every((pixel) => pixel >>> 24 === 255));
});

Deno.test("waveforms are the rows of a heat map, the newest first; of a long one no peak is lost", () => {
  const at = { time: START, sequence: 0 };
  const long = new Float64Array(10_000);
  long[7_777] = -5;
  const { width, values, points } = waterfallOf([{ ...at, values: long }, { ...at, values: Float64Array.of(1, 2) }]);
  assert.deepEqual([width, points, values.length], [1024, 10_000, 2048]);
  assert.equal(values[0], 2);
  assert.ok(Number.isNaN(values[1]));
  assert.equal(values.subarray(1024).filter((value) => value === -5).length, 1);
  const exact = waterfallOf([{ ...at, values: Float64Array.of(1, NaN, 3) }]);
  assert.deepEqual([...exact.values], [1, NaN, 3]);
});

Deno.test("many waveforms are kept for a heat map, and fewer if they are long; of images the newest", () => {
  const kept = (payload: unknown, count: number) =>
    feedOf(Array.from({ length: count }, () => payload)).live.waveforms.get("value")!.length;
  assert.equal(kept([1, 2, 3], 200), 128);
  assert.equal(kept(Array.from({ length: 250_000 }, () => 0), 6), 4);
  assert.equal(kept(Array.from({ length: 8 }, () => [1, 2, 3, 4, 5, 6, 7, 8]), 3), 1);
});

Deno.test("a slow device is not quiet within its own period", () => {
  assert.equal(feedOf([1]).quietSeconds, undefined);
  assert.equal(feedOf([1, 2, 3], [0, 10, 20]).quietSeconds, 40);
});
