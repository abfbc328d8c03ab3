import { deepEqual, equal } from "node:assert/strict";
import type { JsonSchema } from "../../../lib/client/mod.ts";
import { CsvTable } from "../../../lib/cli/ctl/view/csv_table.ts";
import { ODD, sample } from "./csv_cells.ts";

/** The rows of some payloads without what all rows begin with, the header first. */
function rows(payloads: unknown[], schema: JsonSchema | null = null): string[] {
  const table = new CsvTable(schema);
  const text = payloads.map((payload, i) => table.row(sample(i, payload)).text).join("");
  return text.split("\n").slice(0, -1).map((line) => line.split(",").slice(4).join(","));
}

Deno.test("a number has the column value, beside device, sequence, timestamp and lost", () => {
  const table = new CsvTable(null);

  equal(
    table.row(sample(7, 1.5)).text,
    "device_id,sequence,timestamp,lost,value\ndaq1,7,2026-11-22T06:00:00Z,0,1.5\n",
  );
  equal(table.row(sample(8, 0)).text, "daq1,8,2026-11-22T06:00:00Z,0,0\n");
});

Deno.test("an object has a column for each of its values, under their names", () => {
  deepEqual(rows([{ a: 1, b: { c: 2, d: 3 } }]), ["a,b.c,b.d", "1,2,3"]);
});

Deno.test("the schema's columns come first and in its order, then the other values of the first sample", () => {
  const number = { type: "number" };
  const schema = {
    type: "object",
    properties: {
      b: number,
      group: { type: "object", properties: { x: number } },
      by_name: { type: "object", additionalProperties: number },
      a: number,
    },
  };

  deepEqual(rows([{ a: 1, by_name: { eth0: 5 } }, { b: 2, group: null }], schema), [
    "b,group.x,a,by_name.eth0",
    ",,1,5",
    "2,,,",
  ]);
});

Deno.test("a value without a column is reported once, and the table continues", () => {
  const table = new CsvTable(null);
  table.row(sample(0, { a: 1 }));

  deepEqual(table.row(sample(1, { a: 2, b: 3 })), { text: "daq1,1,2026-11-22T06:00:00Z,0,2\n", unplaced: ["b"] });
  deepEqual(table.row(sample(2, { a: 2, b: 3 })).unplaced, []);
});

Deno.test("the lost samples of all gaps stand in the next row; an unknown number is an empty cell", () => {
  const table = new CsvTable(null);
  table.row(sample(0, 0));
  const lost = () => table.row(sample(9, 0)).text.split(",")[3];

  table.addLost(3);
  table.addLost(4);
  deepEqual([lost(), lost()], ["7", "0"]);
  table.addLost(3);
  table.addLost(null);
  deepEqual([lost(), lost()], ["", "0"]);
});

const CLASHES: [payload: unknown, header: string, row: string][] = [
  [{ timestamp: 1000, lost: 77, volts: 1.5 }, "payload.timestamp,payload.lost,volts", "1000,77,1.5"],
  [{ lost: 1, "payload.lost": 2 }, "payload.payload.lost,payload.lost", "1,2"],
  [{ lost: 1, payload: { lost: 2 } }, "payload.payload.lost,payload.lost", "1,2"],
  [{ "": 2, value: 7 }, "value,payload.value", "2,7"],
  [{ "a.b": 1, a: { b: 2 } }, "a.b,payload.a.b", "1,2"],
];

for (const [payload, header, row] of CLASHES) {
  Deno.test(`no two columns have the same name, and nothing is lost, of ${JSON.stringify(payload)}`, () => {
    const first = "device_id,sequence,timestamp,lost";
    equal(
      new CsvTable(null).row(sample(0, payload)).text,
      `${first},${header}\ndaq1,0,2026-11-22T06:00:00Z,0,${row}\n`,
    );
  });
}

Deno.test("a value keeps its column where its driver changes the order of its keys", () => {
  deepEqual(rows([{ "": 2, value: 7 }, { value: 8, "": 3 }]), ["value,payload.value", "2,7", "3,8"]);
});

Deno.test("a channel of the schema with the name of a fixed column has another name, also before it has a value", () => {
  const schema = { type: "object", properties: { lost: { type: "number" }, volts: { type: "number" } } };

  deepEqual(rows([{ volts: 1 }, { volts: 2, lost: 3 }], schema), ["payload.lost,volts", ",1", "3,2"]);
});

for (const [what, payload, cell] of ODD) {
  Deno.test(`${what} is ${JSON.stringify(cell)} in the table`, () => {
    const { text } = new CsvTable(null).row(sample(0, payload));
    equal(text, `device_id,sequence,timestamp,lost,value\ndaq1,0,2026-11-22T06:00:00Z,0,${cell}\n`);
  });
}
