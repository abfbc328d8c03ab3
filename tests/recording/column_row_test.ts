/** Samples that are stored in columns are the same events, and the same rows of a table, as their text. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { columnsOf } from "../../lib/recording/export/columns.ts";
import { CsvExport } from "../../lib/recording/export/csv.ts";
import { tableRow } from "../../lib/recording/export/column_row.ts";
import { textRow } from "../../lib/recording/export/table_row.ts";
import { ColumnSample } from "../../lib/recording/store/column_sample.ts";
import { makeStoredBlock } from "../../lib/recording/store/columns/block_bytes.ts";
import { splitFrames } from "../../lib/recording/store/frames.ts";
import { sampleFramer } from "../../lib/stream/mod.ts";

const TYPES = ["number", "integer", "string", "boolean"] as const;

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(null, 7_000_000_000_000_003, 2 ** 53, 2 ** 60, 1e21, 9.9e37, 0.1),
);

const shape = fc.record({
  /** True for a payload that is a number, false for one with names. */
  isFlat: fc.boolean(),
  types: fc.record(
    { a: fc.constantFrom(...TYPES), "b.c": fc.constantFrom(...TYPES), text: fc.constantFrom(...TYPES) },
    {
      requiredKeys: [],
    },
  ),
  /** A part of each sample that is the same in all. */
  more: fc.constantFrom(
    {},
    { text: "7000000000000003" },
    { on: true },
    { at: "2026-11-26T08:00:00.000000Z" },
    {
      list: [1, 2],
    },
    { list: [null, 3, 4] },
    { 'odd,"name': '=cmd(),"x"\nµ°' },
    { "=sum": -1 },
    {
      text: "e7000000000000099",
    },
  ),
});

Deno.test("a sample in columns has the text and the row of the event that was streamed, whatever the columns of the table are", () => {
  let inColumns = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(number, number), { minLength: 5, maxLength: 20 }),
      shape,
      (values, { isFlat, types, more }) => {
        const frame = sampleFramer({ deviceId: "daq1", epoch: "e1", arrays: "json" });
        const payloads = values.map(([a, c]) => isFlat ? a : { a, b: { c }, ...more });
        const text = payloads.map((payload, i) => frame(i, payload)).join("");
        const { items } = makeStoredBlock([{ id: 1, frames: new TextEncoder().encode(text) }]);
        const texts = [...splitFrames(text)].map((it) => ({ device: "daq1", epoch: "e1", ...it }));
        const samples = items.flatMap((item) =>
          typeof item === "string"
            ? [...splitFrames(item)].map((it) => ({ device: "daq1", epoch: "e1", ...it }))
            : Array.from({ length: item.count }, (_, i) => new ColumnSample("daq1", "e1", item, i))
        );
        const sample = isFlat ? { type: types.a ?? "number" } : {
          type: "object",
          properties: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }])),
        };
        const descriptor = { device: "daq1", epoch: "e1", event: "descriptor", data: JSON.stringify({ sample }) };
        const columns = columnsOf([descriptor, texts[0]]);
        equal(samples.map(({ data }) => data), texts.map(({ data }) => data));
        equal(samples.map((it) => tableRow(it, columns)), texts.map((it) => textRow(it, columns)));
        equal(samples.map((it) => new CsvExport(columns).row(it)), texts.map((it) => new CsvExport(columns).row(it)));
        inColumns += samples.filter((it) => it instanceof ColumnSample).length;
      },
    ),
    { numRuns: 200, seed: 14 },
  );
  ok(inColumns > 500, `${inColumns} samples were in columns`);
});
