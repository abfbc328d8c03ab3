import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import type { Endian } from "../../../lib/driver/connection/binary_block.ts";
import fc from "fast-check";
import { readDriverFile } from "../../../lib/declared/file/read_file.ts";
import {
  type BinaryType,
  BYTES_OF,
  readField,
  readNumbers,
  writeField,
} from "../../../lib/declared/transports/udp/layout.ts";

const VALUES: Record<BinaryType, fc.Arbitrary<number | bigint>> = {
  int8: fc.integer({ min: -128, max: 127 }),
  uint8: fc.integer({ min: 0, max: 255 }),
  int16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  uint16: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
};

for (const type of Object.keys(VALUES) as BinaryType[]) {
  Deno.test(`a ${type} at any place of a datagram is read as it was written, and touches no byte beside it`, () => {
    const endian = fc.constantFrom<Endian>("big", "little");
    fc.assert(fc.property(VALUES[type], fc.nat(20), endian, (value, at, endian) => {
      const bytes = new Uint8Array(40).fill(0xa5);
      // A view into a larger buffer, as datagrams are.
      const inner = bytes.subarray(3);
      writeField(inner, { at, type, endian }, value);
      const read = readField(inner, { at, type, endian });
      ok(type === "float32" ? Math.fround(Number(read)) === Math.fround(Number(value)) : read == value);
      const end = at + BYTES_OF[type];
      ok(inner.every((byte, index) => (index >= at && index < end) || byte === 0xa5));
    }));
  });
}

Deno.test("numbers in a row are a waveform", () => {
  const bytes = Uint8Array.of(9, 1, 0, 2, 0, 0xff, 0xff);
  equal(readNumbers(bytes, { at: 1, type: "int16", endian: "little" }, 3), [1, 2, -1]);
});

const fileWith = (values: string) => readDriverFile(`driver: D\ntransport: udp\nvalues: ${values}\n`, "d.yaml");

Deno.test("a file whose addresses contradict each other is refused with the place", async () => {
  for (
    const [values, message] of [
      ["{ a: { at: 4 } }", /d\.yaml:3:\d+: key values\.a\.at: expected type beside it: one of int8/],
      ["{ a: { type: int16 } }", /values\.a\.type: expected at beside it, the number of its first byte, found int16/],
      ["{ a: { at: 0, type: float32, bit: 1 } }", /values\.a\.bit: expected a bit of float32, found 1/],
      ["{ a: { at: 0, type: uint8, bit: 8 } }", /values\.a\.bit: expected a bit of uint8, found 8/],
      ["{ a: { at: 0, type: uint8, json: x } }", /values\.a\.json: expected no json: it is for texts/],
      ["{ a: { count: 3 } }", /values\.a\.count: expected no count: only a value with at has one/],
      ["{ a: { at: 65506, type: int16 } }", /values\.a\.at: expected an end within 65507 bytes, found 65508/],
      ["{ a: { at: 0, type: int12 } }", /values\.a\.type: expected one of int8, uint8/],
    ] as const
  ) await rejects(fileWith(values), (error: Error) => (match(error.message, message), true));
  equal((await fileWith("{ a: { at: 0, type: uint8, bit: 7 }, b: { json: x } }")).values.map(({ type }) => type), [
    "boolean",
    "number",
  ]);
});
