import assert from "node:assert/strict";
import fc from "fast-check";
import { statisticsOf, valueAt } from "../../web/chart/statistics.ts";
import { toSvg } from "../../web/chart/svg.ts";
import { labelsOn, marksOn, onScale, rangeOn } from "../../web/chart/value_scale.ts";
import { View } from "../../web/stream/view.ts";
import { withUnit } from "../../web/words/quantities.ts";

const log = { isLogarithmic: true };
const near = (a: number, b: number) =>
  assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)), `${a}, ${b}`);

Deno.test("the statistics are those of the numbers that are shown, whatever their size and number", () => {
  const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 60 });
  fc.assert(fc.property(numbers, fc.nat(59), (ys, cut) => {
    const xs = ys.map((_, i) => i);
    const at = Math.min(cut, ys.length);
    const parts = [{ xs: xs.slice(0, at), ys: ys.slice(0, at) }, { xs: xs.slice(at), ys: ys.slice(at) }];
    const found = statisticsOf([...parts, { xs: [3, 1e9], ys: [NaN, 7] }], 0, ys.length);
    const mean = ys.reduce((sum, y) => sum + y, 0) / ys.length;
    assert.equal(found.count, ys.length);
    assert.deepEqual([found.min, found.max], [Math.min(...ys), Math.max(...ys)]);
    near(found.mean / 1e6, mean / 1e6);
    near(found.deviation / 1e6, Math.sqrt(ys.reduce((sum, y) => sum + (y - mean) ** 2, 0) / (ys.length - 1)) / 1e6);
    near(found.rms / 1e6, Math.sqrt(ys.reduce((sum, y) => sum + y * y, 0) / ys.length) / 1e6);
  }));
  const large = statisticsOf([{ xs: [0, 1, 2], ys: [1e9, 1e9 + 1, 1e9 + 2] }], 0, 2);
  assert.deepEqual([large.mean, large.deviation], [1e9 + 1, 1]);
  assert.deepEqual(Object.values(statisticsOf([], 0, 1)), [0, NaN, NaN, NaN, NaN, NaN]);
  assert.ok(Number.isNaN(statisticsOf([{ xs: [0], ys: [4] }], 0, 1).deviation));
});

Deno.test("a cursor reads the line between two samples, and nothing where there is no line", () => {
  const parts = [{ xs: [0, 1, 2, 4], ys: [0, 10, 20, 0], joined: [0, 1, 1, 0] }, { xs: [4, 6], ys: [0, 6] }];
  assert.deepEqual([0, 0.5, 1, 1.25, 5].map((x) => valueAt(parts, x)), [0, 5, 10, 12.5, 3]);
  for (const x of [-1, 3, 7]) assert.ok(Number.isNaN(valueAt(parts, x)));
  assert.ok(Number.isNaN(valueAt([], 0)));
});

Deno.test("measuring halts the view; cursors stay within it, and live samples end it", () => {
  const view = new View(() => 1000);
  view.measure();
  assert.deepEqual(view.cursors.value, [980, 990]);
  assert.equal(view.isHalted.value, true);
  view.moveCursor(1, 2000);
  view.moveCursor(0, 975);
  assert.deepEqual(view.cursors.value, [975, 1000]);
  view.follow();
  assert.equal(view.cursors.value, undefined);
});

Deno.test("a logarithmic axis has marks at powers of ten, and no line where there is no logarithm", () => {
  assert.deepEqual(Array.from(onScale({ xs: [0, 1, 2, 3], ys: [1, 100, 0, -5] }, log).ys), [0, 2, NaN, NaN]);
  assert.deepEqual(labelsOn([-6, -4, 0, 3], 1, "V", log), ["1 µV", "100 µV", "1 V", "1000 V"]);
  assert.deepEqual(marksOn(0, 1, 1, log).map((mark) => Math.round(10 ** mark)), [1, 2, 5, 10]);
  // Within a part of a decade the marks are round numbers.
  assert.deepEqual(labelsOn(marksOn(Math.log10(102), Math.log10(121), 1, log), 1, "", log), [
    "105",
    "110",
    "115",
    "120",
  ]);
  const ends = fc.double({ min: -12, max: 12, noNaN: true });
  fc.assert(fc.property(ends, fc.double({ min: 0.01, max: 20, noNaN: true }), (from, span) => {
    const marks = marksOn(from, from + span, 1, log);
    assert.ok(marks.length <= 12 && marks.every((mark) => mark >= from - 1e-9 && mark <= from + span + 1e-9));
    assert.equal(new Set(labelsOn(marks, 1, "", log)).size, marks.length);
  }));
});

Deno.test("the ends of an axis can be fixed, each alone; impossible ones do not break the plot", () => {
  assert.deepEqual(rangeOn(0, 5, { min: -1, max: 9 }), [-1, 9]);
  assert.equal(rangeOn(0, 5, { max: 9 })[1], 9);
  assert.equal(rangeOn(0, 5, { max: 9 })[0], rangeOn(0, 5, {})[0]);
  assert.deepEqual(rangeOn(0, 2, { ...log, min: 1, max: 1000 }), [0, 3]);
  const [from, to] = rangeOn(0, 2, { ...log, min: -5 });
  assert.ok(from < 0 && to > 2);
  fc.assert(fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (min, max) => {
    if (Number.isFinite(min) && Number.isFinite(max) && Math.abs(min) < 1e300) {
      const [from, to] = rangeOn(0, 1, { min, max });
      assert.ok(from < to, `${from} to ${to}`);
    }
  }));
});

Deno.test("the numbers of a row have one prefix", () => {
  assert.deepEqual([0.44, 0.00104].map((value) => withUnit(value, "V", 4, 0.44)), ["0.44 V", "0.00104 V"]);
  assert.deepEqual([25_300, 40].map((value) => withUnit(value, "V", 4, 25_300)), ["25.3 kV", "0.04 kV"]);
});

Deno.test("a picture as SVG has the lines, the labels, the words and no markup of a driver", () => {
  const svg = toSvg({
    title: `daq1 <script> & "V"`,
    width: 600,
    height: 300,
    x: { from: 0, to: 10, marks: [{ at: 5, label: "08:00:05" }], title: "2026-11-26, UTC" },
    y: { from: 0, to: 1, marks: [{ at: 0.5, label: "0.5 V" }], isInverted: false },
    lines: [{ name: "in [V]", color: "rgb(1, 2, 3)", alpha: 1, parts: [{ xs: [0, 10], ys: [0, 1] }] }],
    bands: [{ kind: "gap", word: "3 missing", from: 2, to: 3 }],
    marks: [{ color: "rgb(1, 2, 3)", marks: [{ from: 4, to: 5, word: "OL\u0000" }] }],
    colors: { ink: "#000", soft: "#555", line: "#ddd", card: "#fff" },
  });
  assert.ok(!svg.includes("<script>") && !svg.includes("\u0000"));
  for (const text of ["&lt;script&gt; &amp;", "08:00:05", "0.5 V", "2026-11-26, UTC", "in [V]", "3 missing", "OL"]) {
    assert.ok(svg.includes(text), text);
  }
  assert.match(svg, /<path d="M84 244L552 40" fill="none" stroke="rgb\(1, 2, 3\)"/);
});
