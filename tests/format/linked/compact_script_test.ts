import { deepStrictEqual as equal } from "node:assert/strict";
import { compactScript } from "../../../lib/format/linked/compact_script.ts";

Deno.test("compactScript, comments and spaces: neither stays, lines stay, and texts and patterns are as before", () => {
  const script = [
    "/** A sum.",
    " * @param a   One. */",
    "function add   (a        , b         )         {",
    "  // Both.",
    '  const text = "a  // b /* c */";',
    "  return [a + b, text, `${/* none */ a}  // d`, /[/*]  \\/\\//.source, a /* by */ / b];",
    "}",
  ].join("\n");
  const compact = compactScript(script);
  equal(compact.split("\n"), [
    "",
    "",
    "function add (a , b ) {",
    " ",
    ' const text = "a  // b /* c */";',
    " return [a + b, text, `${ a}  // d`, /[/*]  \\/\\//.source, a / b];",
    "}",
  ]);
  const valueOf = (text: string) => new Function(`${text}\nreturn add(6, 3);`)();
  equal(valueOf(compact), valueOf(script));
});

Deno.test("compactScript, a comment between two words or over a line end: the words stay two, the line end stays", () => {
  equal(compactScript("return/* a */b"), "return b");
  equal(compactScript("return /* a\n */ b"), "return \n b");
});
