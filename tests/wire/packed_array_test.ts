import { deepStrictEqual as deepEqual, equal } from "node:assert/strict";
import { encodeJson } from "../../lib/stream/encode.ts";
import { decodeArrays, unpackArray } from "../../lib/client/mod.ts";

const ARRAYS = [
  Int8Array.of(-1, 1),
  Uint8Array.of(0, 255),
  Int16Array.of(-1, 1),
  Uint16Array.of(0, 65_535),
  Int32Array.of(-1, 1),
  Uint32Array.of(0, 2 ** 32 - 1),
  Float16Array.of(0.5, NaN),
  Float32Array.of(1.5, -Infinity),
  Float64Array.of(1e-300, NaN),
  BigInt64Array.of(-(2n ** 63n), 1n),
  BigUint64Array.of(2n ** 64n - 1n, 1n),
];

for (const array of ARRAYS) {
  Deno.test(`a client reads a ${array.constructor.name} bit by bit, wherever it is in the payload`, () => {
    const payload = JSON.parse(encodeJson({ wave: array, all: [{ inner: array }] }, "base64"));
    deepEqual(decodeArrays(payload), { wave: array, all: [{ inner: array }] });
  });
}

Deno.test("an array of two dimensions stays packed, and unpackArray() gives its numbers in one row", () => {
  const image = { dtype: "uint8", shape: [2, 2], base64: "AQIDBA==" };
  deepEqual(decodeArrays({ image }), { image });
  deepEqual(unpackArray(image), Uint8Array.of(1, 2, 3, 4));
});

Deno.test("a value that only looks like an array is not changed", () => {
  const lookAlikes = [
    { dtype: "complex64", shape: [1], base64: "AAAAAAAAAAA=" },
    { dtype: "uint8", shape: [3], base64: "AA==" },
    { dtype: "uint16", shape: [1], base64: "AA==" },
    { dtype: "uint8", shape: [1], base64: "no!" },
    { dtype: "toString", shape: [0], base64: "" },
  ];
  for (const value of lookAlikes) {
    equal(unpackArray(value), undefined);
    deepEqual(decodeArrays(structuredClone(value)), value);
  }
});
