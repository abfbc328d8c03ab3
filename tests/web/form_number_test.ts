import { deepEqual as equal, match } from "node:assert/strict";
import fc from "fast-check";
import { splitNumbers, whyNoNumber } from "../../web/form/number.ts";

const REFUSED: [typed: string, said: string][] = [
  ["0,5", "0,5 is not a number; write 0.5"],
  ["-0,125", "-0,125 is not a number; write -0.125"],
  ["1,5e3", "1,5e3 is not a number; write 1.5e3"],
  ["1,000", "1,000 is not a number; write 1.000 or 1000"],
  [".5", ".5 is not a number; write 0.5"],
  ["5.", "5. is not a number; write 5"],
  ["007", "007 is not a number; write 7"],
  ["\u22125", "\u22125 is not a number; write -5"],
  ["1e400", "1e400 is too large for a number"],
  ["1e-400", "1e-400 is too small for a number; write 0"],
  ["9007199254740993", "9007199254740993 has more digits than a number keeps: the nearest is 9007199254740992"],
];
for (
  const typed of ["-", "1e", "0x10", "0b1", "1_000", "1 000", "1.000,5", "1,000,000", "Infinity", "NaN", "5V", "١"]
) {
  REFUSED.push([typed, `${typed} is not a number; write it like 1500, 0.5 or 2e-3`]);
}

Deno.test("a text that is no number is refused with a suggestion, and never read as another number", () => {
  equal(REFUSED.map(([typed]) => whyNoNumber(typed)), REFUSED.map(([, said]) => said));
});

Deno.test("every number is a number as programs write it, with a plus too", () => {
  for (const typed of ["0", "-0", "+5", "1e3", "1E-3", "0.50", "-12.5e+2", "1.000", "9007199254740992"]) {
    equal(whyNoNumber(typed), undefined);
  }
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => {
    equal(whyNoNumber(String(n)), undefined);
  }));
});

Deno.test("a refused text is quoted by its beginning", () => {
  match(whyNoNumber("x".repeat(10_000))!, /^x{100}… is not a number/);
});

const LISTS: [typed: string, areWhole: boolean, texts: string[] | undefined][] = [
  ["1, 2.5;3 4", false, ["1", "2.5", "3", "4"]],
  ["1,2,3", false, ["1", "2", "3"]],
  ["[0.5,2]", false, ["0.5", "2"]],
  ["[1,2, 3]", false, ["1", "2", "3"]],
  ["0,1", true, ["0", "1"]],
  ["5", false, ["5"]],
  ["", false, []],
  ["0,5", false, undefined],
  ["0,5; 1,5", false, undefined],
  ["0,5 1,5", true, undefined],
  ["0,5, 1,5", false, undefined],
  ["[0,5; 1,5]", false, undefined],
];

Deno.test("numbers in one line are split unless a comma is ambiguous", () => {
  equal(LISTS.map(([typed, areWhole]) => splitNumbers(typed, areWhole)), LISTS.map(([, , texts]) => texts));
});
