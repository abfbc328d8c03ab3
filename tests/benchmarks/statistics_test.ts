import assert from "node:assert/strict";
import fc from "fast-check";
import { chart } from "../../benchmarks/chart.ts";
import type { Curve } from "../../benchmarks/curve.ts";
import { limitOf } from "../../benchmarks/limit.ts";
import { withSections } from "../../benchmarks/page.ts";
import type { Report } from "../../benchmarks/report.ts";
import { growth, knees, median, percentile, rise } from "../../benchmarks/statistics.ts";

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

Deno.test("knees() are where a unit of work costs at most half more than the least", () => {
  assert.deepEqual(knees([[1, 900], [10, 100], [100, 14], [1_000, 10], [10_000, 11], [20_000, 40]]), {
    from: 100,
    to: 10_000,
  });
  assert.deepEqual(knees([[5, 2]]), { from: 5, to: 5 });
  assert.equal(knees([]), undefined);
  assert.equal(knees([[1, NaN], [2, 0]]), undefined);
});

Deno.test("limitOf() names what kept a measurement from carrying more", () => {
  const idle = { serverCores: 0.2, driverCores: 0.1, busiestDriver: 0.1, loadCores: 0.3, otherCores: 0.01 };
  assert.equal(limitOf(idle, 2), "rate");
  assert.equal(limitOf({ ...idle, loadCores: 0.98, serverCores: 0.95 }, 2), "load");
  assert.equal(limitOf({ ...idle, serverCores: 0.95 }, 2), "server");
  assert.equal(limitOf({ ...idle, driverCores: 1.2, busiestDriver: 0.3 }, 4), "rate");
  assert.equal(limitOf({ ...idle, driverCores: 1, busiestDriver: 0.97 }, 4), "driver");
  assert.equal(limitOf({ ...idle, driverCores: 1.5, busiestDriver: 0.3 }, 2), "cores");
  assert.equal(limitOf({ ...idle, otherCores: 0.4 }, 2), "others");
});

Deno.test("withSections() replaces the sections that were measured, adds new ones, and leaves the others", () => {
  const curve = (title: string): Curve => ({
    id: "idle-readers",
    title,
    x: "x",
    lines: new Map(),
    columns: {},
    notes: ["New."],
  });
  const report = {
    ...{ date: "2026-11-26T10:00:00Z", rounds: 1, seconds: 1, minutes: 1, workloads: [], failures: [] },
    ...{ machine: {} as Report["machine"], curves: [curve("readers"), curve("rate")] },
  };
  const page =
    "# Benchmarks\n\n### Readers\n\nOld.\n\n### Readers of another kind\n\nKept.\n\n## Measured apart\n\nKept.\n";
  const now = withSections(page, report);
  assert.deepEqual(now.match(/^#.*/gm), [
    "# Benchmarks",
    "### Readers",
    "### Readers of another kind",
    "### Rate",
    "## Measured apart",
  ]);
  assert.deepEqual(now.match(/Old|Kept|New|Measured/g), [
    "Measured",
    "New",
    "Kept",
    "Measured",
    "New",
    "Measured",
    "Kept",
  ]);
});
