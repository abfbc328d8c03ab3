import assert from "node:assert/strict";
import { SharedRanges } from "../../web/chart/shared_ranges.ts";
import { toSvg } from "../../web/chart/svg.ts";
import { fillPoints } from "../../web/chart/pen.ts";
import { computed, curve } from "../../web/plots/own/computed.ts";
import { evenly } from "../../web/plots/own/evenly.ts";
import { readFormula } from "../../web/plots/own/formula.ts";
import { isShown, needsOf, operandOf, resolveFormula } from "../../web/plots/own/operands.ts";
import { ownPlotsIn } from "../../web/plots/own/own_plot.ts";
import { Feed } from "../../web/stream/feed.ts";
import { canTakeAll, streamRequest } from "../../web/stream/stream_request.ts";
import { readState } from "../../web/plots/view_state.ts";

const line = (xs: number[], ys: number[], joined?: number[]) => ({
  xs: Float64Array.from(xs),
  ys: Float64Array.from(ys),
  ...joined && { joined: Uint8Array.from(joined) },
});
const values = (lines: { ys: ArrayLike<number> }[]) => lines.map(({ ys }) => Array.from(ys));

Deno.test("a formula is computed at the times of its first channel; others count by their line, and only where there is one", () => {
  const a = [line([0, 1, 2, 3, 4], [10, 20, 30, 40, 50])];
  const b = [line([0.5, 2.5, 3.5], [1, 3, 5], [0, 1, 0])];
  const found = computed(readFormula("a * b"), [a, b]);
  assert.deepEqual(values(found), [[NaN, 30, 75, NaN, NaN]]);
  assert.equal(found[0].xs, a[0].xs);
  // Behind a break there is no line to read.
  assert.deepEqual(values(computed(readFormula("b + 0 * a"), [b, a])), [[1, 3, 5]]);
});

Deno.test("channels of one sample count as they are, also two samples of one time", () => {
  const xs = Float64Array.of(1, 2, 2, 3);
  const part = (ys: number[]) => [{ xs: xs.subarray(0), ys: Float64Array.from(ys) }];
  assert.deepEqual(values(computed(readFormula("a / b"), [part([1, 2, 3, 4]), part([1, 2, 4, 0])])), [[
    1,
    1,
    0.75,
    NaN,
  ]]);
});

Deno.test("an XY curve has the values of both channels within the time that is shown", () => {
  const x = [line([0, 2, 4], [0, 20, 40])];
  const y = [line([1, 2, 3, 5], [1, 2, 3, 5])];
  const [found] = curve(x, y, 1, 2.5);
  assert.deepEqual([Array.from(found.xs), Array.from(found.ys)], [[10, 20, 30, NaN], [1, 2, NaN, NaN]]);
  const squares: number[][] = [];
  fillPoints({ fillRect: (...at) => void squares.push(at) }, found, (it) => it, (it) => it, 2);
  assert.deepEqual(squares, [[9, 0, 2, 2], [19, 1, 2, 2]]);
});

Deno.test("uneven samples are put at even distances by the line between them, from the last break on", () => {
  const times = Array.from({ length: 40 }, (_, i) => i * 0.1);
  const even = evenly([line(times, times.map((t) => 2 * t))], 0, 10)!;
  assert.ok(Math.abs(even.rate - 10) < 1e-9 && even.unevenness < 1e-9 && !even.isPart);
  assert.equal(even.values.length, 40);

  const late = times.map((t, i) => i % 2 && i < 39 ? t + 0.03 : t);
  const uneven = evenly([line(late, late.map((t) => 2 * t))], 0, 10)!;
  assert.ok(Math.abs(uneven.unevenness - 0.3) < 1e-6, `${uneven.unevenness}`);
  assert.ok(uneven.values.every((value, i) => Math.abs(value - 0.2 * i) < 1e-9));

  const broken = evenly(
    [line(times, times.map((t, i) => i === 10 ? NaN : t), times.map((_, i) => i === 15 ? 0 : 1))],
    0,
    10,
  )!;
  assert.deepEqual([broken.values.length, broken.values[0], broken.isPart], [25, 1.5, true]);
  assert.equal(evenly([line(times, times)], 0, 1), undefined);
  assert.ok(evenly([line([...times, 9], [...times, 9])], 0, 10)!.longest > 20);
});

function feedsOf(...ids: string[]) {
  const feeds = new Map(ids.map((id) => [id, new Feed(id)]));
  for (const feed of feeds.values()) feed.addNumbers(["value", "cpu.total"]);
  return feeds;
}

Deno.test("a reference is a channel of the device with the longest name that fits", () => {
  const feeds = feedsOf("daq1", "daq1.left");
  const found = (reference: string) => {
    const operand = operandOf(reference, feeds);
    return operand && [operand.feed.deviceId, operand.channel];
  };
  assert.deepEqual(found("daq1"), ["daq1", "value"]);
  assert.deepEqual(found("daq1.cpu.total"), ["daq1", "cpu.total"]);
  assert.deepEqual(found("daq1.left.value"), ["daq1.left", "value"]);
  assert.equal(found("daq11.value"), undefined);
  assert.equal(resolveFormula("daq1.other", feeds), "daq1 has no channel “other”.");
  assert.equal(
    resolveFormula("psu1.value", feeds),
    "“psu1.value” does not begin with the name of a device on this page.",
  );
});

Deno.test("a plot needs the channels of its formulas, and is shown where all of their devices are", () => {
  const [plot] = ownPlotsIn([{ id: "a", kind: "xy", x: "daq1", lines: [{ formula: "daq1.cpu.total / psu1.value" }] }]);
  const { devices, missing } = needsOf(plot, feedsOf("daq1"));
  assert.deepEqual([[...devices.get("daq1")!], missing], [["value", "cpu.total"], ["psu1.value"]]);
  assert.equal(isShown(plot, feedsOf("daq1")), false);
  assert.equal(isShown(plot, feedsOf("daq1", "psu1")), true);
});

Deno.test("of plots in a link, what makes no sense is left out", () => {
  const good = {
    id: "a",
    title: "T",
    kind: "spectrum",
    window: "flat top",
    lines: [{ formula: "x", unit: "V", isRight: true }],
  };
  const state = readState(JSON.stringify({
    own: [good, good, { id: "b" }, { id: "../", lines: [{ formula: "x" }] }, null, 7, {
      id: "c",
      kind: "toString",
      lines: [{ formula: " y " }, 3],
    }],
  }));
  assert.deepEqual(state.own, [good, { id: "c", title: "", kind: "time", lines: [{ formula: "y" }] }]);
  assert.deepEqual(readState('{"own": "x"}').own, []);
  const many = Array.from({ length: 30 }, (_, i) => ({ id: `p${i}`, lines: Array(20).fill({ formula: "x" }) }));
  assert.deepEqual([ownPlotsIn(many).length, ownPlotsIn(many)[0].lines.length], [20, 8]);
});

Deno.test("axes that share a range have the ends of all, and are drawn again when those change", () => {
  const ranges = new SharedRanges();
  const [a, b, c] = [Symbol(), Symbol(), Symbol()];
  assert.deepEqual(ranges.join("V", a, [0, 1]), [0, 1]);
  assert.deepEqual(ranges.join("V", b, [-5, 0.5]), [-5, 1]);
  const before = ranges.revision.value;
  assert.deepEqual(ranges.join("V", a, [0, 1]), [-5, 1]);
  assert.deepEqual(ranges.join(undefined, c, [7, 8]), [7, 8]);
  assert.equal(ranges.revision.value, before);
  ranges.leave(b);
  assert.ok(ranges.revision.value > before);
  assert.deepEqual(ranges.join("V", a, [0, 1]), [0, 1]);
});

Deno.test("a page that needs each sample gets them, of devices that it can follow", () => {
  const stream = { epoch: "e", sequence: 0, oldest: 0, bytes: 0 };
  const device = (rate?: number) => ({ feed: new Feed("daq1"), stream: stream as never, rate });
  assert.equal(canTakeAll([device(1000), device(2000)], false), true);
  assert.equal(canTakeAll([device(4500)], false), false);
  assert.equal(canTakeAll([device(4500)], true), true);
  assert.equal(canTakeAll([device(6000)], true), false);
  assert.equal(canTakeAll([device()], false), false);
  assert.equal(streamRequest([device(10)], 10, 100, true).maxRate, Infinity);
});

Deno.test("an SVG has the labels of the axis at the right, and the lines on it", () => {
  const colors = { ink: "#000", soft: "#555", line: "#ddd", card: "#fff" };
  const y = { from: 0, to: 10, marks: [{ at: 0, label: "0 V" }], isInverted: false };
  const right = { from: 0, to: 100, marks: [{ at: 100, label: "100 A" }], isInverted: false };
  const svg = toSvg({
    ...{ title: "T", width: 300, height: 196, colors, bands: [], marks: [] },
    x: { from: 0, to: 1, marks: [], title: "" },
    y,
    right,
    lines: [
      { name: "a", color: "red", alpha: 1, parts: [line([0, 1], [10, 10])] },
      { name: "b", color: "blue", alpha: 1, isRight: true, parts: [line([0, 1], [0, 0])] },
    ],
  });
  assert.match(svg, /<text x="224" y="44" >100 A<\/text>/);
  assert.match(svg, /M84 40L216 40" fill="none" stroke="red"/);
  assert.match(svg, /M84 140L216 140" fill="none" stroke="blue"/);
});
