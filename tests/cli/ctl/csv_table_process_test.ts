import { deepEqual, equal } from "node:assert/strict";
import { CsvTable } from "../../../lib/cli/ctl/view/csv_table.ts";
import { python, pythonTest } from "../../support/python.ts";
import { ODD, sample } from "./csv_cells.ts";

await pythonTest("Python's csv module reads back what the device produced, whatever it is", async () => {
  const payloads = ODD.map(([, payload]) => payload);
  const table = new CsvTable(null);
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, payloads.map((payload, i) => table.row(sample(i, payload)).text).join(""));
    const program = "import csv, json, sys\n" +
      "print(json.dumps([row['value'] for row in csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8'))]))";
    const { code, stdout, stderr } = await python("-X", "dev", "-W", "ignore::ResourceWarning", "-c", program, file);

    equal(code, 0, stderr);
    const asText = (value: unknown) => value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
    deepEqual(JSON.parse(stdout), payloads.map(asText));
  } finally {
    await Deno.remove(file);
  }
});
