import assert from "node:assert/strict";
import fc from "fast-check";
import { type Sheet, toCsv, waveformsToCsv } from "../../web/export/csv.ts";
import type { PlotGap } from "../../web/stream/gaps.ts";
import { secondsOf } from "../../web/stream/timestamps.ts";
import { Trace } from "../../web/stream/trace.ts";

const T = secondsOf("2026-11-22T06:25:52.123456Z");
const ALL = { from: -Infinity, to: Infinity };

function sheet(deviceId: string, rows: [second: number, value: number, skipped?: number, joined?: boolean][]): Sheet {
  const trace = new Trace();
  trace.addColumn("value");
  rows.forEach(([second, value, skipped = 0, joined = true], i) => {
    trace.append(T + second, i, skipped, joined);
    trace.set("value", value);
  });
  return { deviceId, trace, channels: [{ name: "value", unit: "V" }], gaps: [] };
}

const gap = (more: Partial<PlotGap>): PlotGap => ({
  ...{ deviceId: "a", reason: "source", lost: 3, from: undefined, to: undefined, isStale: false },
  ...more,
});

/** A table as a program reads it; quotes as RFC 4180 has them. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === "\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

Deno.test("a plot of all samples is a plain table: device, sequence, timestamp, lost, skipped, each channel with its unit, note", () => {
  const { text, rows, skipped } = toCsv([sheet("daq1", [[0, 1.5], [1, NaN], [2, -1e-300]])], ALL);
  assert.equal(
    text,
    "device_id,sequence,timestamp,lost,skipped,value [V],note\n" +
      "daq1,0,2026-11-22T06:25:52.123456Z,0,0,1.5,\n" +
      "daq1,1,2026-11-22T06:25:53.123456Z,0,0,,\n" +
      "daq1,2,2026-11-22T06:25:54.123456Z,0,0,-1e-300,\n",
  );
  assert.deepEqual([rows, skipped], [3, 0]);
});

Deno.test("the columns do not change with the window: a parser meets one shape, thinned or lossy or neither", () => {
  const lossy = { ...sheet("a", [[0, 1], [1, 2, 9], [2, 3, 0, false]]), gaps: [gap({ from: T + 1, to: T + 2 })] };
  const [head, ...heads] = [[0, 0], [0, 1], [0, 2], [5, 6]].map(([from, to]) =>
    parse(toCsv([lossy], { from: T + from, to: T + to }).text)[0]
  );
  for (const other of heads) assert.deepEqual(other, head);
});

Deno.test("several devices stand in order of time; channels of different names or units have columns of their own", () => {
  const amps = { ...sheet("b", [[0.5, 7]]), channels: [{ name: "value", unit: "A" }] };
  const [head, ...rows] = parse(toCsv([sheet("a", [[0, 1], [1, 2]]), amps, sheet("c", [[2, 3]])], ALL).text);
  assert.deepEqual(head.slice(5), ["value [V]", "value [A]", "note"]);
  assert.deepEqual(rows.map(([id, , , , , volts, amps]) => [id, volts, amps]), [
    ["a", "1", ""],
    ["b", "", "7"],
    ["a", "2", ""],
    ["c", "3", ""],
  ]);
});

Deno.test("only what is in view is exported", () => {
  const { rows } = toCsv([sheet("a", [[0, 1], [1, 2], [2, 3], [3, 4]])], { from: T + 1, to: T + 2 });
  assert.equal(rows, 2);
});

Deno.test("a gap is noted at the sample after it with its reason; an unknown size is an empty cell", () => {
  const data = sheet("a", [[0, 1], [1, 2, 0, false], [2, 3, 0, false]]);
  const gaps = [gap({ from: T, to: T + 1 }), gap({ from: T + 1, to: T + 2, lost: null, reason: "restart" })];
  const [head, ...rows] = parse(toCsv([{ ...data, gaps }], ALL).text);
  assert.deepEqual(rows.map((row) => [row[3], row[head.indexOf("note")]]), [
    ["0", ""],
    ["3", "3 samples missing: lost before the daemon received them"],
    ["", "samples missing: the daemon was restarted"],
  ]);
});

Deno.test("samples before a step of the clock have their own timestamps, and the step is a note", () => {
  const data = sheet("a", [[0, 1], [1, 2]]);
  data.trace.shift(-3_600);
  data.trace.append(T - 3_598, 2, 0, false);
  data.trace.set("value", 3);
  const steps = [{ step: -3_600, from: T - 3_599, to: T - 3_598 }];
  const [head, ...rows] = parse(toCsv([{ ...data, steps }], ALL).text);
  assert.deepEqual(rows.map((row) => [row[2], row[3], row[head.indexOf("note")]]), [
    ["2026-11-22T06:25:52.123456Z", "0", ""],
    ["2026-11-22T06:25:53.123456Z", "0", ""],
    ["2026-11-22T05:25:54.123456Z", "0", "the daemon's clock was set back by 1 h"],
  ]);
});

Deno.test("a loss without a later sample has a row of its own", () => {
  const { text } = toCsv([{ ...sheet("a", [[0, 1]]), gaps: [gap({ from: T })] }], ALL);
  assert.deepEqual(parse(text).at(-1)!.slice(0, 5), ["a", "", "2026-11-22T06:25:52.123456Z", "3", "0"]);
});

Deno.test("a thinned export shows in the table how many samples each row stands for, and how to get all", () => {
  const { text, skipped } = toCsv([sheet("a", [[0, 1], [1, 2, 9], [2, 3, 90]])], ALL);
  const [head, first, ...rest] = parse(text);
  assert.equal(skipped, 99);
  assert.deepEqual(head, ["device_id", "sequence", "timestamp", "lost", "skipped", "value [V]", "note"]);
  assert.match(first.at(-1)!, /^not all samples: 99 more came between these.*\/stream\/devices/);
  assert.deepEqual(rest.map((row) => row[4]), ["9", "90"]);
});

Deno.test("no text of an instrument becomes a formula, and every table reads back as it was written", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string(), { maxLength: 5 }),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      (names, numbers) => {
        const data = sheet("-daq", numbers.map((number, i) => [i, number]));
        const channels = [...data.channels, ...names.map((name) => ({ name: `=${name}`, unit: "" }))];
        const [head, ...rows] = parse(toCsv([{ ...data, channels }], ALL).text);
        assert.equal(
          [
            ...head,
            ...rows.map(([id]) => id),
          ].some((cell) => /^[=+\-@\t\r]/.test(cell)),
          false,
        );
        assert.deepEqual(rows.map((row) => Number(row[5])), numbers.map((number) => number + 0));
        assert.equal(rows.every((row) => row.length === head.length), true);
      },
    ),
  );
});

Deno.test("waveforms are a table of their own, a row for each number", () => {
  const waveforms = [{ time: T, sequence: 4, values: Float64Array.of(1, NaN) }];
  assert.equal(
    waveformsToCsv("osc", { name: "wave", unit: "V" }, waveforms),
    "device_id,sequence,timestamp,index,wave [V]\n" +
      "osc,4,2026-11-22T06:25:52.123456Z,0,1\n" +
      "osc,4,2026-11-22T06:25:52.123456Z,1,\n",
  );
});
