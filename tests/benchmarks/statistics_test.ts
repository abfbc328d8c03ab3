import assert from "node:assert/strict";
import fc from "fast-check";
import { chart } from "../../benchmarks/chart.ts";
import { growth, median, percentile, rise } from "../../benchmarks/statistics.ts";

Deno.test("percentile() returns the value with that share of the others below it", () => {
  assert.equal(percentile([5, 1, 4, 2, 3], 0.5), 3);
  assert.equal(percentile([1, 2], 0.5), 1.5);
  assert.equal(percentile(Array.from({ length: 101 }, (_, i) => i), 0.99), 99);
  assert.equal(percentile([7], 0.99), 7);
  assert.ok(Number.isNaN(median([])));
});

Deno.test("percentile() lies between the smallest and the largest, and grows with the share", () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(fc.property(values, share, share, (values, a, b) => {
    const [low, high] = [percentile(values, Math.min(a, b)), percentile(values, Math.max(a, b))];
    assert.ok(Math.min(...values) <= low && low <= high + 1e-6 && high <= Math.max(...values));
  }));
});

Deno.test("growth() is the exponent: 1 for what grows linearly, 2 for squares", () => {
  const of = (y: (x: number) => number) => growth([1, 10, 100].map((x) => [x, y(x)]));
  assert.ok(Math.abs(of((x) => 3 * x) - 1) < 1e-9);
  assert.ok(Math.abs(of((x) => x * x) - 2) < 1e-9);
});

Deno.test("rise() compares a series' end with its beginning", () => {
  assert.ok(Math.abs(rise([100, 100, 100, 150, 110, 110, 110]) - 0.1) < 1e-9);
  assert.equal(rise([5]), 0);
});

Deno.test("chart() draws each line with its name, and survives points that a logarithm cannot show", () => {
  const svg = chart([{ name: "a & b", points: [[1, 10], [100, 1000], [1000, 0]] }, { name: "c", points: [] }], {
    ...{ title: "t", x: "x", y: "y" },
  });
  assert.match(svg, />a &amp; b</);
  assert.equal(svg.match(/<circle/g)?.length, 2);
  assert.doesNotMatch(svg, /NaN|Infinity/);
});
