import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import { patternOf, patternSchema } from "../../lib/declared/pattern.ts";
import { readDriverFile } from "../../lib/declared/file/read_file.ts";
import { rejects } from "node:assert/strict";

Deno.test("a pattern finds the groups that a RegExp finds", () => {
  const texts = ["T=21.5 °C, H=40", "", "+1.25E+00A", "ACME,PSU-30,0,1.0", "S D  12.34 g", "a\\b[c]", "c=42;\r\n\0"];
  const patterns = [
    "T=([-+.\\d]+)",
    "([-+.\\dE]+)A",
    "^[+]?0\\b",
    "^ACME,PSU-\\d+",
    "(?<temperature>[\\d.]+) \\u00b0C",
    "^S (?<state>[SD]) +(?<mass>[-\\d.]+) g",
    "[^,]*,(x)?",
    "c=(\\d+);$",
    "c=(\\d+);\\r\\n\\0$",
    "\\\\b\\[c\\]",
    "a|b|",
    "\\d{2,3}?",
    "^$",
  ];
  for (const pattern of patterns) {
    for (const text of texts) {
      const expected = new RegExp(pattern).exec(text);
      const found = patternOf(pattern).exec(text);
      equal([pattern, text, found?.groups], [pattern, text, expected ? [...expected] : undefined]);
      equal({ ...found?.named }, { ...expected?.groups });
      equal(text.search(patternOf(pattern)), text.search(new RegExp(pattern)));
      equal(patternOf(pattern).test(text), expected !== null);
    }
  }
});

Deno.test("a pattern that would take a RegExp for ever ends: its steps are in proportion to the text", () => {
  // Each of them doubles the time of a RegExp with each further character.
  for (const pattern of ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^([a-z]+)*\\d$", "(.*)*x"]) {
    ok(!patternOf(pattern).test(`${"a".repeat(5_000)}!`), pattern);
  }
});

Deno.test("a pattern that needs to look ahead or back is refused at its place, with the reason", async () => {
  const file = (match: string) => `driver: A\ntransport: scpi\nvalues:\n  v: { ask: V?, match: '${match}' }\n`;
  const place = "a\\.yaml:4:24: key values\\.v\\.match: expected a regular expression";
  await rejects(readDriverFile(file("(?=x)"), "a.yaml"), new RegExp(`${place} without looking ahead or back`));
  await rejects(readDriverFile(file("(?<!x)y"), "a.yaml"), new RegExp(`${place} without looking ahead or back`));
  await rejects(readDriverFile(file("(a)\\1"), "a.yaml"), new RegExp(`${place} without back references`));
  await rejects(readDriverFile(file("(["), "a.yaml"), new RegExp(place));
  await rejects(readDriverFile(file("((a{99}){99}){99}"), "a.yaml"), new RegExp(`${place} .invalid repeat count`));
});

Deno.test("patternSchema takes a text, and the pattern of a text that is none throws", () => {
  equal(patternSchema.safeParse("a+").data, "a+");
  equal(patternSchema.safeParse(5).success, false);
  throws(() => patternOf("("));
});
