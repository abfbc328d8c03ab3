import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  decodeRegisters,
  encodeRegisters,
  type NumberType,
  type RegisterFormat,
  REGISTERS_OF,
} from "../../../lib/declared/transports/modbus/registers.ts";

const format = (type: RegisterFormat["type"], wordOrder = "big", byteOrder = "big") =>
  ({ type, wordOrder, byteOrder }) as RegisterFormat;

const order = fc.constantFrom("big", "little");

/** The values that a type holds exactly. */
const VALUES: Record<NumberType, fc.Arbitrary<number | bigint>> = {
  int16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  uint16: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
};

for (const type of Object.keys(VALUES) as NumberType[]) {
  Deno.test(`a ${type} in registers is read as it was written, in every order`, () => {
    fc.assert(fc.property(VALUES[type], order, order, (value, words, bytes) => {
      const encoded = encodeRegisters(value, format(type, words, bytes));
      equal(encoded.length, REGISTERS_OF[type] * 2);
      const decoded = decodeRegisters(encoded, format(type, words, bytes));
      ok(type === "float32" ? Math.fround(Number(decoded)) === Math.fround(Number(value)) : decoded == value);
    }));
  });
}

Deno.test("the orders of words and bytes are those that manuals call ABCD, CDAB, BADC and DCBA", () => {
  const letters = (wordOrder: string, byteOrder: string) =>
    String.fromCharCode(...encodeRegisters(0x41424344, format("uint32", wordOrder, byteOrder)));
  equal(letters("big", "big"), "ABCD");
  equal(letters("little", "big"), "CDAB");
  equal(letters("big", "little"), "BADC");
  equal(letters("little", "little"), "DCBA");
});

Deno.test("a float32 is shown with the digits that it has", () => {
  for (const value of [21.3, 0.1, -273.15, 1e-7, 3.4e38, 1 / 3]) {
    const decoded = decodeRegisters(encodeRegisters(value, format("float32")), format("float32"));
    equal(Math.fround(Number(decoded)), Math.fround(value));
    ok(String(decoded).replace(/e.*/, "").length <= 11, String(decoded));
  }
  equal(decodeRegisters(encodeRegisters(21.3, format("float32")), format("float32")), 21.3);
  equal(decodeRegisters(Uint8Array.of(0x7f, 0xc0, 0, 0), format("float32")), NaN);
});

Deno.test("a text fills its registers with NULs, and is read without them", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."aZ9-/µ"), maxLength: 8 }), order, (text, bytes) => {
    const encoded = encodeRegisters(text, format("text", "big", bytes), 4);
    equal(encoded.length, 8);
    equal(decodeRegisters(encoded, format("text", "big", bytes)), text);
  }));
  equal(String.fromCharCode(...encodeRegisters("AB", format("text", "little", "little"), 1)), "BA");
});

Deno.test("a number that does not fit its type is refused, and a fraction is rounded", () => {
  equal([...encodeRegisters(21.5 / 0.1, format("int16"))], [0, 215]);
  throws(
    () => encodeRegisters(40_000, format("int16")),
    /whole number from -32768 to 32767, which is int16, found 40000/,
  );
  throws(() => encodeRegisters(-1, format("uint32")), /found -1/);
  throws(() => encodeRegisters(NaN, format("uint16")), /found NaN/);
  throws(() => encodeRegisters(Infinity, format("float64")), /expected a float64, found Infinity/);
  throws(() => encodeRegisters(1e39, format("float32")), /found 1e\+39/);
  throws(() => encodeRegisters("ABCDE", format("text"), 2), /at most 4 Latin-1 characters/);
  throws(() => encodeRegisters("Ω", format("text"), 2), /Latin-1/);
});
