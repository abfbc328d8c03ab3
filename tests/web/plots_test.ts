import assert from "node:assert/strict";
import { encodeJson } from "../../lib/stream/encode.ts";
import fc from "fast-check";
import { bandsOf } from "../../web/plots/drawing/bands.ts";
import { unitAt } from "../../lib/format/channels.ts";
import { leavesOf } from "../../web/stream/channels.ts";
import { plotsOf } from "../../web/plots/drawing/plots_of.ts";
import { defaultChoice } from "../../web/stream/chosen_channels.ts";
import type { PlottedChannel } from "../../web/stream/picture.ts";
import { maxRate } from "../../web/stream/stream_request.ts";
import { fillLine, strokeLine } from "../../web/chart/pen.ts";
import { SteadyClock } from "../../web/stream/steady_clock.ts";
import { secondsOf, timestampOf } from "../../web/stream/timestamps.ts";
import { Trace } from "../../web/stream/trace.ts";
import { View } from "../../web/stream/view.ts";

const leaves = (payload: unknown) => Object.fromEntries(leavesOf(payload).map(({ name, value }) => [name, value]));

Deno.test("every number, boolean and text of a payload is a channel; null is no value", () => {
  assert.deepEqual(leaves({ cpu: { total: 3, cores: [1, null, 2] }, ok: false, note: "fine", fan: null }), {
    "cpu.total": 3,
    "cpu.cores.0": 1,
    "cpu.cores.1": null,
    "cpu.cores.2": 2,
    ok: false,
    note: "fine",
    fan: null,
  });
  assert.deepEqual(leaves(7), { value: 7 });
  assert.deepEqual(leaves(null), { value: null });
  assert.deepEqual(leaves({ ["__proto__x"]: 1 }), { "__proto__x": 1 });
});

Deno.test("a list at the top, or a long one within, is a waveform, also as base64; a look-alike is none", () => {
  assert.deepEqual(leaves([1, null, 3]).value, Float64Array.of(1, NaN, 3));
  const long = Array.from({ length: 65 }, (_, i) => i);
  assert.deepEqual(leaves({ wave: long }).wave, Float64Array.from(long));
  const base64 = new Uint8Array(Float32Array.of(1.5, NaN, -2).buffer).toBase64();
  assert.deepEqual(leaves({ dtype: "float32", shape: [3], base64 }).value, Float64Array.of(1.5, NaN, -2));
  assert.deepEqual(
    leaves({ dtype: "int64", base64: new Uint8Array(BigInt64Array.of(5n).buffer).toBase64() }).value,
    Float64Array.of(5),
  );
  assert.deepEqual(leaves([1, "9007199254740993", null]).value, Float64Array.of(1, 2 ** 53, NaN));
  assert.deepEqual(leaves({ dtype: "float64", base64: "no!" }), { dtype: "float64", base64: "no!" });
  assert.deepEqual(leaves({ dtype: "toString", base64: "" }), { dtype: "toString", base64: "" });
});

for (
  const array of [
    Uint8Array.of(0, 255),
    Uint8ClampedArray.of(0, 255),
    Float16Array.of(0.5, NaN),
    BigUint64Array.of(1n, 2n ** 53n),
  ]
) {
  Deno.test(`a ${array.constructor.name} that travels as base64 is a waveform`, () => {
    const payload = JSON.parse(encodeJson(array, "base64"));
    assert.deepEqual(leaves(payload).value, Float64Array.from<number | bigint>(array, Number));
  });
}

Deno.test("a table whose rows travel as base64 is one picture; rows of several lengths are none", () => {
  const rows = Array.from({ length: 32 }, (_, y) => Uint8Array.from({ length: 32 }, (_, x) => x + y));
  const payload = JSON.parse(encodeJson({ picture: rows, ragged: [...rows, Uint8Array.of(1)] }, "base64"));
  const found = leaves(payload);
  assert.deepEqual(found.picture, { width: 32, values: Float64Array.from(rows.flatMap((row) => [...row])) });
  assert.ok(!("ragged" in found));
});

Deno.test("units come from the driver's schema, through lists, records and nullable values", () => {
  const volts = { type: "number", unit: "V" };
  const schema = {
    type: "object",
    properties: {
      in: { anyOf: [volts, { type: "null" }] },
      cores: { type: "array", items: { type: "number", unit: "%" } },
      fan: { type: "object", additionalProperties: { type: "number", unit: "rpm" } },
    },
  };
  assert.equal(unitAt(schema, ["in"]), "V");
  assert.equal(unitAt(schema, ["cores", "3"]), "%");
  assert.equal(unitAt(schema, ["cores"]), "%");
  assert.equal(unitAt(schema, ["fan", "cpu"]), "rpm");
  assert.equal(unitAt(schema, ["toString"]), "");
  assert.equal(unitAt(volts, []), "V");
  assert.equal(unitAt(undefined, ["x"]), "");
});

Deno.test("channels of one unit share a plot; at first a few channels are all drawn, of many the first of each part", () => {
  const channel = (name: string, kind: PlottedChannel["kind"] = "number"): PlottedChannel => ({
    name,
    kind,
    path: name.split("."),
  });
  const channels = [
    channel("u.in"),
    channel("u.out"),
    channel("i"),
    channel("wave", "waveform"),
    channel("ok", "word"),
  ];
  const volts = { unit: "V" };
  const schema = { properties: { u: { properties: { in: volts, out: volts } }, wave: { items: volts } } };
  assert.deepEqual([...defaultChoice(channels)], ["u.in", "u.out", "i", "wave"]);
  const cores = Array.from({ length: 8 }, (_, i) => channel(`cores.${i}`));
  assert.deepEqual([...defaultChoice([...channels, ...cores])], ["u.in", "i", "wave", "cores.0"]);
  assert.deepEqual(
    plotsOf("daq1", channels, schema, () => true).map(({ title, unit, kind, names }) => [title, unit, kind, names]),
    [
      ["V", "V", "number", ["u.in", "u.out"]],
      ["wave", "V", "waveform", ["wave"]],
      ["values", "", "number", ["i"]],
    ],
  );
});

Deno.test("no two channels of a plot have one colour: where there are more channels than colours, there are more plots", () => {
  const channels = Array.from(
    { length: 18 },
    (_, i): PlottedChannel => ({ name: `t${i}`, kind: "number", path: [`t${i}`] }),
  );
  const plots = plotsOf("daq1", channels, { additionalProperties: { unit: "V" } }, () => true);
  assert.deepEqual(plots.map(({ title, names }) => [title, names.length]), [["V", 8], ["V (2)", 8], ["V (3)", 2]]);
  assert.deepEqual(plots.flatMap(({ names }) => names), channels.map(({ name }) => name));
});

Deno.test("the stream has two points per pixel within bounds, and no new request for a few pixels more", () => {
  assert.equal(maxRate(10, 1000), 256);
  assert.equal(maxRate(10, 1100), 256);
  assert.equal(maxRate(3600, 1000), 4);
  assert.equal(maxRate(10, 100_000), 1000);
  fc.assert(fc.property(fc.constantFrom(10, 30, 60, 600), fc.integer({ min: 200, max: 2000 }), (span, pixels) => {
    const points = maxRate(span, pixels) * span;
    assert.ok(points >= 2 * pixels * 0.99 && points <= Math.max(4 * span, 2 * pixels * 1.5));
  }));
});

Deno.test("times survive to the microsecond, there and back", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), fc.nat(999_999), (seconds, micros) => {
    const text = `${new Date(seconds * 1000).toISOString().slice(0, 20)}${String(micros).padStart(6, "0")}Z`;
    assert.equal(timestampOf(secondsOf(text)), text);
  }));
});

Deno.test("a trace keeps the newest samples of every channel in order", () => {
  const step = fc.record({
    dt: fc.integer({ min: 0, max: 5 }),
    a: fc.option(fc.double({ noNaN: true })),
    isB: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 400 }), fc.integer({ min: 1, max: 100 }), (steps, capacity) => {
    const trace = new Trace(capacity);
    const expected: { time: number; a: number; b: number }[] = [];
    let time = 0;
    steps.forEach(({ dt, a, isB }, i) => {
      time += dt;
      if (a !== null) trace.addColumn("a");
      if (isB) trace.addColumn("b");
      trace.append(time, i, 0, true);
      if (a !== null) trace.set("a", a);
      if (isB) trace.set("b", i);
      expected.push({ time, a: a ?? NaN, b: isB ? i : NaN });
    });
    const kept = expected.slice(-capacity);
    for (const it of [trace, trace.snapshot()]) {
      const of = (column?: Float64Array) => column ? [...column.subarray(it.from, it.to)] : kept.map(() => NaN);
      assert.deepEqual(of(it.times), kept.map(({ time }) => time));
      assert.deepEqual(of(it.columns.get("a")), kept.map(({ a }) => a));
      assert.deepEqual(of(it.columns.get("b")), kept.map(({ b }) => b));
    }
  }));
});

Deno.test("the place of a time in a trace is that of the first sample not before it", () => {
  const trace = new Trace(4);
  for (const time of [0, 1, 2, 2, 3, 5]) trace.append(time, 0, 0, true);
  assert.deepEqual([0, 2, 2.5, 5, 6].map((time) => trace.find(time) - trace.from), [0, 0, 2, 3, 4]);
  assert.equal(trace.cutFrom(3), 2);
  assert.equal(trace.newest, 2);
});

Deno.test("the view follows the time, stands still while halted, and does not show the future", () => {
  let now = 1000;
  const view = new View(() => now);
  assert.deepEqual(view.range, { from: 970, to: 1000 });
  view.halt();
  now = 1100;
  assert.deepEqual(view.range, { from: 970, to: 1000 });
  view.zoomBy(0.5);
  assert.deepEqual(view.range, { from: 977.5, to: 992.5 });
  view.move(10);
  assert.deepEqual(view.range, { from: 985, to: 1000 });
  view.zoomBy(2, 1000);
  assert.deepEqual(view.range, { from: 970, to: 1000 });
  view.choose(10);
  assert.deepEqual(view.range, { from: 990, to: 1000 });
  view.zoomTo(995, 995);
  assert.deepEqual(view.range, { from: 990, to: 1000 });
  view.zoomTo(995, 995.001);
  assert.equal((view.range.to - view.range.from).toFixed(9), "0.050000000");
  view.follow();
  assert.deepEqual(view.range, { from: 1090, to: 1100 });
});

Deno.test("the clock of the plots absorbs small corrections, never goes back, and jumps over large ones", () => {
  let [source, elapsed] = [100, 0];
  const clock = new SteadyClock(() => source, () => elapsed);
  assert.equal(clock.now(), 100);
  [source, elapsed] = [100.5, 1];
  assert.equal(clock.now(), 100.9);
  [source, elapsed] = [5000, 2];
  assert.equal(clock.now(), 5000);
});

Deno.test("bands mark where there is no line: missing samples, a device that does not stream, an outage", () => {
  const bands = bandsOf(
    {
      states: [
        { time: 0, state: "streaming" },
        { time: 20, state: "retrying" },
        { time: 30, state: "streaming" },
        { time: 50, state: "faulted" },
      ],
      gaps: [
        { deviceId: "a", reason: "source", lost: 3, from: 12, to: 13, isStale: false },
        { deviceId: "a", reason: "restart", lost: null, from: 40, to: undefined, isStale: false },
        { deviceId: "a", reason: "source", lost: 1, from: 14, to: 15, isStale: true },
        { deviceId: "a", reason: "source", lost: 1, from: 1, to: 2, isStale: false },
      ],
      steps: [],
      outageSince: 60,
    },
    { from: 10, to: 70 },
    (state) => state,
  );
  assert.deepEqual(bands.map(({ kind, word, from, to }) => [kind, word, from, to]), [
    ["state", "retrying", 20, 30],
    ["state", "faulted", 50, 60],
    ["gap", "3 missing", 12, 13],
    ["gap", "missing", 40, 70],
    ["outage", "No connection", 60, 70],
  ]);
});

Deno.test("an outage of many attempts is one band with one word, until the device streams or is faulted", () => {
  const tries = [20, 30, 45].flatMap((time) => [{ time, state: "retrying" }, { time: time + 5, state: "connecting" }]);
  for (const end of ["connected", "faulted"]) {
    const states = [{ time: 0, state: "connecting" }, ...tries, { time: 60, state: end }, {
      time: 70,
      state: "streaming",
    }];
    const bands = bandsOf(
      { states, gaps: [], steps: [], outageSince: undefined },
      { from: 0, to: 90 },
      (state) => state,
    );
    assert.deepEqual(bands.map(({ word, from, to }) => [word, from, to]), [
      ["connecting", 0, 20],
      ["retrying", 20, 60],
      [end, 60, 70],
    ]);
  }
});

const same = (value: number) => value;

/** A path as text: `M0,1 L1,2`. */
function pathOf(ys: number[], joined?: number[], xs = ys.map((_, i) => i)): string {
  const parts: string[] = [];
  const path = {
    moveTo: (x: number, y: number) => void parts.push(`M${x},${y}`),
    lineTo: (x: number, y: number) => void parts.push(`L${x},${y}`),
  };
  strokeLine(path, { xs, ys, joined }, same, same);
  return parts.join(" ");
}

Deno.test("a line breaks at a missing number or a gap; a single number is a dash", () => {
  assert.equal(pathOf([1, 2, 3]), "M0,1 L1,2 L2,3");
  assert.equal(pathOf([1, 2, NaN, 4, 5]), "M0,1 L1,2 M3,4 L4,5");
  assert.equal(pathOf([1, 2, 4, 5], [0, 1, 0, 1]), "M0,1 L1,2 M2,4 L3,5");
  assert.equal(pathOf([NaN, 7, NaN]), "M-1,7 L3,7");
  assert.equal(pathOf([]), "");
});

Deno.test("of many numbers in one column of pixels the line keeps the extremes", () => {
  assert.equal(pathOf([1, 9, -5, 2, 3], undefined, [0, 0, 0, 0, 1]), "M0,1 L0,-5 L0,9 L0,2 L1,3");
});

Deno.test("a dense line covers every column of pixels from its smallest to its largest number, and joins the line on both sides", () => {
  const numbers = fc.array(fc.record({ dx: fc.integer({ min: 0, max: 4 }), y: fc.integer({ min: -50, max: 50 }) }), {
    minLength: 1,
  });
  fc.assert(fc.property(numbers, (steps) => {
    let x = 0;
    const xs = steps.map(({ dx }) => x += dx);
    const ys = steps.map(({ y }) => y);
    const bars = new Map<number, [number, number]>();
    fillLine({ fillRect: (x, y, _, height) => void bars.set(x, [y, y + height]) }, { xs, ys }, same, (y) => -y, 1);
    for (let at = xs[0]; at <= xs.at(-1)!; at++) assert.ok(bars.has(at), `nothing at ${at}`);
    xs.forEach((at, i) => {
      const [top, bottom] = bars.get(at)!;
      assert.ok(top <= -ys[i] + 1 && bottom >= -ys[i] - 1, `${-ys[i]} is not within ${top} and ${bottom}`);
    });
    for (let at = xs[0] + 1; at <= xs.at(-1)!; at++) {
      const [[top, bottom], [oldTop, oldBottom]] = [bars.get(at)!, bars.get(at - 1)!];
      assert.ok(top <= oldBottom + 1 && bottom >= oldTop - 1, `torn at ${at}`);
    }
  }));
});
