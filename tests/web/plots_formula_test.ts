import assert from "node:assert/strict";
import fc from "fast-check";
import { readFormula, referenceTo } from "../../web/plots/own/formula.ts";

/** The value of a formula with these numbers, by the names of its channels. */
function valueOf(text: string, numbers: Record<string, number> = {}): number {
  const { references, evaluate } = readFormula(text);
  return evaluate(references.map((name) => numbers[name]));
}

Deno.test("a formula has operators, functions, constants and channels of several devices", () => {
  const numbers = { "psu1.voltage": 12, "psu2.current": 4, "daq1.cores.0": 3 };
  for (
    const [text, value] of [
      ["psu1.voltage / psu2.current", 3],
      ["20*log10(psu1.voltage - 2)", 20],
      ["-psu2.current + 2 * (1 + 1) ^ 3", 12],
      ["2 ^ 3 ^ 2 + 0 * psu2.current", 512],
      ["2 ** 3 * psu2.current", 32],
      ['max("psu1.voltage", daq1.cores[0], 1e1) % 5', 2],
      ["hypot(psu2.current, daq1.cores[0])", 5],
      ["ln(e ^ psu2.current)", 4],
      ["cos(pi) * psu2.current", -4],
    ] as const
  ) assert.equal(valueOf(text, numbers), value, text);
  assert.deepEqual(readFormula("a.x + a.x * b.y").references, ["a.x", "b.y"]);
});

for (
  const [text, words] of [
    ["", "Enter a channel or a formula."],
    ["2 + pi", "The formula names no channel."],
    ["a +", "Cannot read the formula: expected expression after +, at character 4."],
    ["(a", "Cannot read the formula: unclosed (, at character 3."],
    ["a b", "There is an operator missing between two parts of the formula."],
    ["a; b", "There is an operator missing between two parts of the formula."],
    ["log(a)", "There is no function “log”: write ln or log10."],
    ["sin(a, b)", "“sin” takes 1 number, and got 2."],
    ["max()", "“max” takes 1 to 8 numbers, and got 0."],
    ["-a ^ 2", "A sign before a power can be read in two ways: write -(x ^ 2), or pow(-x, 2)."],
    ["true * a", "“true” is no number."],
    ["a ? 1 : 2", "The formula has a part that is neither a number, a channel, an operator nor a function."],
    ["a[b]", "The formula has a part that is neither a number, a channel, an operator nor a function."],
    ["a".repeat(501), "A formula has at most 500 characters."],
  ]
) {
  Deno.test(`a formula that cannot be read says why: ${text.slice(0, 20) || "nothing"}`, () => {
    assert.throws(() => readFormula(text), { name: "SyntaxError", message: words });
  });
}

Deno.test("a formula reaches nothing of the page: names are channels, whatever they are called", () => {
  for (
    const text of [
      "constructor.constructor('x')()",
      "eval('1')",
      "a.constructor('x')",
      "fetch(a)",
      "this + a",
      "toString(a)",
    ]
  ) {
    assert.throws(() => readFormula(text), SyntaxError, text);
  }
  assert.deepEqual(readFormula("globalThis.a + constructor").references, ["globalThis.a", "constructor"]);
});

Deno.test("whatever the text is, it is a formula or a mistake in words", () => {
  const parts = fc.constantFrom(
    "a",
    "b.c",
    "'",
    '"',
    "(",
    ")",
    "[",
    "]",
    "+",
    "^",
    "-",
    "?",
    ",",
    ".",
    "1",
    "sin",
    "=>",
    "`",
    "\\",
    "{",
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (parts) => {
      try {
        const { references, evaluate } = readFormula(parts.join(""));
        assert.equal(typeof evaluate(references.map(() => 1)), "number");
      } catch (error) {
        assert.ok(error instanceof SyntaxError && /[.!?]$/.test(error.message), String(error));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("a channel is named so that a formula finds it, whatever its device and it are called", () => {
  assert.equal(referenceTo("daq1", "cpu.total"), "daq1.cpu.total");
  assert.equal(referenceTo("psu-1", "cores.0"), '"psu-1.cores.0"');
  const name = fc.stringMatching(/^[\w.-]{1,12}$/);
  fc.assert(fc.property(name, name, (id, channel) => {
    assert.deepEqual(readFormula(`${referenceTo(id, channel)} * 2`).references, [`${id}.${channel}`]);
  }));
});
