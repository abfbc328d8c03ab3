import { equal } from "node:assert/strict";
import { csvRow } from "../../lib/format/csv.ts";

Deno.test("csvRow() writes missing values as empty cells, and an empty text as quotes", () => {
  equal(csvRow([undefined, null, "", 0, false]), ',,"",0,false\n');
});

Deno.test("csvRow() quotes commas, quotes and line ends", () => {
  equal(csvRow(["a,b", 'say "hi"', "a\nb"]), '"a,b","say ""hi""","a\nb"\n');
});

Deno.test("csvRow() escapes formulas only on request", () => {
  equal(csvRow(["=1+1", -1]), "=1+1,-1\n");
  equal(csvRow(["=1+1", "@a", -1], { escapeFormulas: true }), "'=1+1,'@a,-1\n");
});
