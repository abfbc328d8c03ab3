import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { parseExactJson } from "../../lib/format/exact_json.ts";

const KEPT: [text: string, value: unknown][] = [
  ["9007199254740992", 2 ** 53],
  ["-9007199254740992", -(2 ** 53)],
  ["9007199254740994", 2 ** 53 + 2],
  ["18446744073709551616", 2 ** 64],
  [JSON.stringify(2 ** 64), 2 ** 64],
  [JSON.stringify(-1.2345678901234567e19), -1.2345678901234567e19],
  ['"9007199254740993"', "9007199254740993"],
  ["0.12345678901234567890", 0.12345678901234568],
  ["1e308", 1e308],
  ["0e999", 0],
  ["[1e-300, -0]", [1e-300, -0]],
  ['{"__proto__": 9007199254740992}', JSON.parse('{"__proto__": 9007199254740992}')],
];

for (const [text, value] of KEPT) {
  Deno.test(`parseExactJson() keeps ${text}`, () => equal(parseExactJson(text), value));
}

const REFUSED: [text: string, message: string][] = [
  ["9007199254740993", "found 9007199254740993, whose nearest is 9007199254740992"],
  ["18446744073709552001", "found 18446744073709552001, whose nearest is 18446744073709551616"],
  ['{"a": {"b": [1, -9007199254740993]}}', "found -9007199254740993, whose nearest is -9007199254740992"],
  ['{"a": 1e400}', "found 1e400, beyond the largest, 1.7976931348623157e308"],
  ["-1e400", "found -1e400, beyond the largest, 1.7976931348623157e308"],
  ["1e-400", "found 1e-400, whose nearest is 0"],
  ["9".repeat(400), `found ${"9".repeat(60)}…, beyond the largest, 1.7976931348623157e308`],
];

for (const [text, message] of REFUSED) {
  Deno.test(`parseExactJson() refuses ${text.slice(0, 60)} instead of rounding it`, () => {
    throws(() => parseExactJson(text), ({ code, message: found }) => {
      equal(code, "InvalidRequest");
      equal(found.replace(/^\S+: /, ""), `expected a number that is kept exactly, ${message}`);
      return true;
    });
  });
}

Deno.test("parseExactJson() names the place of a number that it refuses", () => {
  throws(() => parseExactJson('{"kwargs": {"ids": [1, 9007199254740993]}}'), {
    message: /^kwargs\.ids\[1\]: expected /,
    context: {
      issues: [{
        path: "kwargs.ids[1]",
        message: "expected a number that is kept exactly, found 9007199254740993, whose nearest is 9007199254740992",
      }],
    },
  });
});

Deno.test("parseExactJson() throws a SyntaxError for a text that is no JSON", () => {
  throws(() => parseExactJson("{9007199254740993"), SyntaxError);
});
