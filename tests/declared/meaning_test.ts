import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { scaled, unscaled } from "../../lib/declared/decimal.ts";
import { Payload } from "../../lib/declared/payload.ts";
import { type Meaning, meant, rawOf, type SampleValue } from "../../lib/declared/file/meaning.ts";
import type { Raw, ValueType } from "../../lib/declared/transport.ts";

const of = (type: ValueType, meaning: Partial<Meaning> = {}) => ({
  type,
  meaning: { scale: 1, offset: 0, ...meaning },
});

for (
  const [raw, type, meaning, expected] of [
    [" +1.25E+00\r", "number", {}, { value: 1.25 }],
    [".5", "number", {}, { value: 0.5 }],
    ["+   12.345", "number", {}, { value: 12.345 }],
    ["-    0.046", "number", {}, { value: -0.046 }],
    [3, "number", { scale: 0.1 }, { value: 0.3 }],
    [-4, "number", { scale: 0.1, offset: 20 }, { value: 19.6 }],
    ["1234567890.123", "number", { scale: 1e-3 }, { value: 1234567.890123 }],
    ["9007199254740991", "number", { scale: 0.1 }, { value: 900719925474099.1 }],
    [2n ** 63n, "number", { scale: 1e-18 }, { value: 9.223372036854776 }],
    [2n ** 53n + 1n, "integer", {}, { value: 2 ** 53, quality: "rounded: the instrument has 9007199254740993" }],
    ["-9007199254740993", "integer", {}, {
      value: -(2 ** 53),
      quality: "rounded: the instrument has -9007199254740993",
    }],
    ["9007199254740994", "integer", {}, { value: 2 ** 53 + 2 }],
    [2n ** 40n, "integer", {}, { value: 2 ** 40 }],
    ["NAN", "number", {}, { value: null, quality: "not a number" }],
    [-Infinity, "number", {}, { value: null, quality: "overload" }],
    [90, "number", { max: 80, unit: "°C" }, { value: 90, quality: "above 80 °C" }],
    [-1, "number", { min: 0 }, { value: -1, quality: "below 0" }],
    ["ON", "boolean", {}, { value: true }],
    ["+0", "boolean", {}, { value: false }],
    ['"CH1"', "text", {}, { value: "CH1" }],
    [1, "number", { choices: { local: 0, remote: 1 } }, { value: "remote" }],
    ["+1.0", "number", { choices: { local: 0, remote: 1 } }, { value: "remote" }],
    ["2.000000E+01", "number", { choices: [2, 20, 200] }, { value: 20 }],
    ["7", "number", { choices: [2, 20, 200] }, { value: null, quality: '"7" is none of 2, 20, 200' }],
    ["20", "text", { choices: [2, 20, 200] }, { value: "20" }],
    ["EIN", "number", { choices: { true: "EIN", false: "AUS" } }, { value: true }],
    [false, "boolean", { choices: { true: "true", false: "false" } }, { value: false }],
    [true, "text", { choices: { on: "true", off: "false" } }, { value: "on" }],
    ["volt", "text", { choices: ["VOLT", "CURR"] }, { value: "VOLT" }],
    ["OHM", "text", { choices: ["VOLT", "CURR"] }, { value: null, quality: '"OHM" is none of VOLT, CURR' }],
    [" ------- ", "number", { missing: ["-------"] }, { value: null, quality: "-------" }],
    [32767, "number", { missing: { "no sensor": 32767 }, scale: 0.1 }, { value: null, quality: "no sensor" }],
    ["21.5", "number", { missing: ["-------", 32767] }, { value: 21.5 }],
    ["1, 2;+3E0", "array", {}, { value: [1, 2, 3] }],
    [new Float32Array([1, 2]), "array", { scale: 2 }, { value: new Float64Array([2, 4]) }],
  ] as [Raw, ValueType, Partial<Meaning>, unknown][]
) {
  Deno.test(`${JSON.stringify(String(raw))} as ${type} ${JSON.stringify(meaning)} is ${JSON.stringify(expected)}`, () => {
    equal(meant({ raw }, of(type, meaning)), expected);
  });
}

for (
  const [raw, type, message] of [
    ["1.25 V", "number", 'expected a number, found "1.25 V"'],
    ["", "number", 'expected a number, found ""'],
    ["0x10", "number", 'expected a number, found "0x10"'],
    ["1.5", "integer", 'expected a whole number, found "1.5"'],
    ["maybe", "boolean", 'expected 1, 0, ON, OFF, true or false, found "maybe"'],
    ["1,a", "array", 'expected a number, found "a"'],
    [5, "array", "expected a list of numbers, found 5"],
  ] as [Raw, ValueType, string][]
) {
  Deno.test(`${JSON.stringify(raw)} is no ${type}`, () => {
    throws(() => meant({ raw }, of(type)), { message });
  });
}

Deno.test("a value that the transport doubts keeps its reason, and one that it has not is null", () => {
  equal(meant({ raw: 5, quality: "stale" }, of("number")), { value: 5, quality: "stale" });
  equal(meant({ quality: "overload" }, of("number")), { value: null, quality: "overload" });
  equal(meant({}, of("number")), { value: null, quality: "no value" });
});

for (
  const [value, type, meaning, raw] of [
    [12.3, "number", { scale: 0.1 }, 123],
    [19.6, "number", { scale: 0.1, offset: 20 }, -4],
    [1234567890123, "integer", {}, 1234567890123],
    [1234567.890123, "number", { scale: 1e-3 }, 1234567890.123],
    [[0.3, 0.6], "array", { scale: 0.1 }, [3, 6]],
    ["remote", "number", { choices: { local: 0, remote: 1 } }, 1],
    [5, "number", { choices: [5, 10] }, 5],
    ["5", "text", { choices: [5, 10] }, 5],
    [true, "boolean", { choices: { true: "EIN", false: "AUS" } }, "EIN"],
    [true, "boolean", {}, true],
  ] as [SampleValue, ValueType, Partial<Meaning>, Raw][]
) {
  Deno.test(`${value} as ${type} ${JSON.stringify(meaning)} is sent as ${raw}`, () => {
    equal(rawOf(value, of(type, meaning)), raw);
  });
}

Deno.test("a value too large for its scale is refused", () => {
  throws(() => rawOf(1e300, of("number", { scale: 1e-9 })), {
    code: "InvalidRequest",
    message:
      "Cannot send 1e+300: with scale 1e-9 and offset 0 it is beyond the largest number, 1.7976931348623157e+308",
  });
});

/** A number as a person or an instrument writes it: at most 15 digits. */
const decimalOf = (digits: number, exponent: number) => Number(`${digits}e${exponent}`);
const digits = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
const exponents = fc.integer({ min: -20, max: 20 });
const decimals = fc.tuple(digits, exponents).map(([digits, exponent]) => decimalOf(digits, exponent));
const scales = decimals.filter((it) => it !== 0);

Deno.test("a value without scale is sent and read exactly", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
    const raw = rawOf(value, of("number"));
    // An instrument has no -0.
    equal([raw, meant({ raw: String(raw) }, of("number"))], [value, { value: value + 0 }]);
  }));
});

Deno.test("reading what was set gives the value back within the precision of numbers, with any scale and offset", () => {
  fc.assert(fc.property(decimals, scales, fc.oneof(fc.constant(0), decimals), (value, scale, offset) => {
    const back = scaled(unscaled(value, { scale, offset }), { scale, offset });
    const size = Math.max(Math.abs(value), Math.abs(offset));
    ok(Math.abs(back - value) <= 4 * Number.EPSILON * size, `${value} came back as ${back}`);
  }));
});

Deno.test("a power of ten as scale keeps every digit of the instrument", () => {
  fc.assert(fc.property(digits, exponents, exponents, (digits, exponent, power) => {
    const scaling = { scale: decimalOf(1, power), offset: 0 };
    const [raw, value] = [decimalOf(digits, exponent), decimalOf(digits, exponent + power)];
    equal([scaled(raw, scaling), unscaled(value, scaling)], [value, raw]);
  }));
});

Deno.test("an integer beyond 2^53 in JSON is not rounded silently", () => {
  const found = (text: string) => new Payload(text).reading({ json: "$", separator: "," });
  equal(found("9007199254740993"), { raw: 9007199254740993n });
  equal(found("[9007199254740993, 1.5]"), { raw: [2 ** 53, 1.5] });
});
