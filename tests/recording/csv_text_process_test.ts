/** Texts of samples in CSV, as a reader of another project reads them: Python's own. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { columnsOf } from "../../lib/recording/export/columns.ts";
import { CsvExport } from "../../lib/recording/export/csv.ts";
import { python, pythonTest } from "../support/python.ts";

const TEXTS = [
  ...["a,b", 'he said "no"', "two\nlines", "two\r\nlines", "one\rother", "", " spaces ", "'", "''=x", '"', '",', ";"],
  ...["Ω·µ °C", "温度", "😀", "\u2028", "null", "NaN", "1e5", "007", "true", "\\n", "a\tb"],
];

/** A spreadsheet would run these: they have `'` before them. */
const FORMULAS = ["=cmd()", "+1", "-5", "@SUM(A1)", "\t=1", "\n=1", "  =1", "＝1", '=a,"b"\nc'];

const READ = `
import csv, json, sys
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    print(json.dumps(list(csv.reader(file))))
`;

await pythonTest(
  "texts with commas, quotes, line ends, formulas and any characters are read from CSV as they were streamed",
  async () => {
    const name = 'a,"b"\nΩ';
    const samples = [...TEXTS, ...FORMULAS].map((text, sequence) => ({
      device: "daq1",
      epoch: "e1",
      event: "device_data",
      data: JSON.stringify({
        ...{ event: "device_data", device_id: "daq1", sequence, timestamp: "2026-11-26T08:00:00.000000Z" },
        payload: { [name]: text, list: [text], volts: -1.5 },
      }),
    }));
    const table = new CsvExport(columnsOf([samples[0]]));
    const file = await Deno.makeTempFile({ suffix: ".csv" });
    await Deno.writeTextFile(file, table.header() + samples.map((sample) => table.row(sample)).join(""));
    const { code, stdout, stderr } = await python("-c", READ, file);
    await Deno.remove(file);
    equal([code, stderr], [0, ""]);
    const [header, ...rows] = JSON.parse(stdout);
    equal(header.slice(7), [name, "list", "volts"]);
    equal(rows.map((row: string[]) => row[7]), [...TEXTS, ...FORMULAS.map((text) => `'${text}`)]);
    equal(rows.map((row: string[]) => JSON.parse(row[8])), [...TEXTS, ...FORMULAS].map((text) => [text]));
    equal(new Set(rows.map((row: string[]) => row[9])), new Set(["-1.5"]));
  },
);
