import { equal } from "node:assert/strict";
import { countWords, rangeWords, schemaWords } from "../../lib/format/schema_words.ts";

Deno.test("schemaWords() names types, constants, limits and units", () => {
  const cases: [schema: Record<string, unknown>, words: string][] = [
    [{}, "any"],
    [{ type: "number", minimum: -10, maximum: 10, unit: "V" }, "number, -10 to 10 V"],
    [{ type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: 8 }, "integer, at most 8"],
    [{ enum: ["slow", "very fast", 1] }, 'slow | "very fast" | 1'],
    [{ const: "on" }, "on"],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, "string or null"],
    [{ type: "array", items: { type: "integer" }, maxItems: 8 }, "array of integer, at most 8 items"],
    [{ type: "number", unit: "Hz" }, "number, Hz"],
  ];
  for (const [schema, words] of cases) equal(schemaWords(schema), words);
});

Deno.test("rangeWords() puts the unit behind each limit", () => {
  equal(
    rangeWords({ exclusiveMinimum: 0, maximum: 5, multipleOf: 0.5 }, "V"),
    "at most 5 V, more than 0 V, in steps of 0.5 V",
  );
  equal(rangeWords({}), "");
});

Deno.test("countWords() counts in singular and plural", () => {
  equal(countWords(1, 1, "item"), "exactly 1 item");
  equal(countWords(1, 4, "character"), "1 to 4 characters");
  equal(countWords(0, undefined, "item"), "");
});
