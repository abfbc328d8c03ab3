import { equal } from "node:assert/strict";
import { csvRow } from "../../lib/format/csv.ts";

Deno.test("csvRow() writes missing values as empty cells, and an empty text as quotes", () => {
  equal(csvRow([undefined, null, "", 0, false]), ',,"",0,false\n');
});

Deno.test("csvRow() quotes commas, quotes and line ends", () => {
  equal(csvRow(["a,b", 'say "hi"', "a\nb"]), '"a,b","say ""hi""","a\nb"\n');
});

Deno.test("csvRow() writes no live formula: texts are escaped, numbers stay numbers", () => {
  equal(csvRow(["=1+1", "+1", "-1", "@a", -1, 1e21, -Infinity]), "'=1+1,'+1,'-1,'@a,-1,1e+21,null\n");
  equal(
    csvRow(["\t=1", "\r=1", "\n=1", "  =1", "＝1", "\uFEFF=1"]),
    "'\t=1,\"'\r=1\",\"'\n=1\",'  =1,'＝1,'\uFEFF=1\n",
  );
  equal(csvRow(['=HYPERLINK("http://evil.example","a")']), `"'=HYPERLINK(""http://evil.example"",""a"")"\n`);
  equal(csvRow(["a=1", "1-2", "", " ", [-1]]), 'a=1,1-2,"", ,[-1]\n');
});
