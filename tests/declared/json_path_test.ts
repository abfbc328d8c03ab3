import { deepStrictEqual as equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { atJsonPath, type JsonPath, parseJsonPath } from "../../lib/declared/json_path.ts";

/** A path as text. */
const written = (path: JsonPath) =>
  "$" +
  path.map((step) =>
    typeof step === "number" ? `[${step}]` : /^\w+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
  ).join("");

const step = fc.oneof(fc.nat({ max: 999_999_999 }), fc.string(), fc.string({ unit: fc.constantFrom(..."ab1_") }));

Deno.test("a path is read as it was written", () => {
  fc.assert(fc.property(fc.array(step), (path) => equal(parseJsonPath(written(path)), path)));
});

Deno.test("a path may begin without $, and its names may have spaces and letters of all languages", () => {
  equal(parseJsonPath("temperature"), ["temperature"]);
  equal(parseJsonPath("a.b[0][1].c d.°C"), ["a", "b", 0, 1, "c d", "°C"]);
  equal(parseJsonPath('[0]["x.y"]'), [0, "x.y"]);
  equal(parseJsonPath("$.a"), ["a"]);
  equal(parseJsonPath("$"), []);
});

Deno.test("a text that is no path is refused", () => {
  for (
    const text of ["", ".a", "a..b", "a.", "a[", "a[-1]", "a[b]", "a]", "$a", "a[0]b", 'a["x', "a[0].[1]", " a", "a[]"]
  ) {
    throws(() => parseJsonPath(text), /a path such as/, text);
  }
});

Deno.test("the value at a path is that of the JSON, or undefined", () => {
  const path = fc.array(fc.oneof(fc.constantFrom("a", "b", "__proto__", "constructor", "length"), fc.nat(3)));
  fc.assert(fc.property(fc.jsonValue(), path, (json, path) => {
    const plain = path.reduce<unknown>((value, step) => {
      const isThere = value !== null && typeof value === "object" && Object.hasOwn(value, step) &&
        !(Array.isArray(value) && typeof step === "string");
      return isThere ? (value as Record<string | number, unknown>)[step] : undefined;
    }, json);
    equal(atJsonPath(json, path), plain);
  }));
  equal(atJsonPath({ sensors: [{ t: 21.5 }] }, ["sensors", 0, "t"]), 21.5);
  equal(atJsonPath("text", ["length"]), undefined);
});
