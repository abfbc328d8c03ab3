import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { encodeJson } from "../../lib/stream/encode.ts";
import { LabError } from "../../lib/errors.ts";

class Reading {
  #secret = 1;
  constructor(readonly volts: unknown) {}
  get secret() {
    return this.#secret;
  }
}

const texts: [string, unknown, string][] = [
  ["zero", 0, "0"],
  ["minus zero", -0, "0"],
  ["a small number", 1.5e-300, "1.5e-300"],
  ["NaN", NaN, "null"],
  ["infinity", Infinity, "null"],
  ["minus infinity, inside", [1, -Infinity, { x: NaN }], '[1,null,{"x":null}]'],
  ["undefined", undefined, "null"],
  ["undefined in an array", [undefined, 1], "[null,1]"],
  ["undefined as a property, which is then left out", { a: undefined, b: 1 }, '{"b":1}'],
  ["null", null, "null"],
  ["an empty text", "", '""'],
  ["an empty array", [], "[]"],
  ["an empty object", {}, "{}"],
  ["a sparse array", Array(2), "[null,null]"],
  ["a BigInt that fits", 2n ** 53n - 1n, "9007199254740991"],
  ["a BigInt that does not fit", -(2n ** 64n), '"-18446744073709551616"'],
  ["a BigInt inside", { counts: [1n, 2n ** 60n] }, '{"counts":[1,"1152921504606846976"]}'],
  ["a Date", new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ["a Date that is none", new Date(NaN), "null"],
  ["a Map", new Map<unknown, unknown>([["a", 1n], [2, new Set([NaN])]]), '{"2":[null],"a":1}'],
  ["a Set", new Set([1, "b"]), '[1,"b"]'],
  ["an error", new TypeError("overheated"), '{"name":"TypeError","message":"overheated"}'],
  ["an object of a class", new Reading(Float32Array.of(1, 2)), '{"volts":[1,2]}'],
  [
    "what says itself how",
    { toJSON: () => ({ volts: [1n, NaN], at: new Date(0) }) },
    '{"volts":[1,null],"at":"1970-01-01T00:00:00.000Z"}',
  ],
  ["bytes", Uint8Array.of(0, 255, 16), '"AP8Q"'],
  ["the bytes of a part of a buffer", new Uint8Array([1, 2, 3, 4]).subarray(1, 3), '"AgM="'],
  ["a buffer", new Uint8Array([0, 255, 16]).buffer, '"AP8Q"'],
  ["a DataView", new DataView(new Uint8Array([9, 0, 255, 16]).buffer, 1), '"AP8Q"'],
  ["a typed array", Float64Array.of(1, NaN, -0.5), "[1,null,-0.5]"],
  ["a typed array of BigInts", BigInt64Array.of(1n, -(2n ** 63n)), '[1,"-9223372036854775808"]'],
  ["an empty typed array", new Int16Array(), "[]"],
  ["typed arrays inside", { x: Int8Array.of(-1), y: [Float16Array.of(0.5)] }, '{"x":[-1],"y":[[0.5]]}'],
  ["the same object twice, which is no cycle", [[1n], [1n]].map((_, __, all) => all[0]), "[[1],[1]]"],
  ["a key named __proto__", JSON.parse('{"__proto__":{"a":1},"b":2}'), '{"__proto__":{"a":1},"b":2}'],
  ["a text with a lone surrogate", "\ud800", '"\\ud800"'],
];

for (const [name, value, text] of texts) {
  Deno.test(`encodeJson() of ${name}`, () => assert.equal(encodeJson(value), text));
}

/** The reason why `value` is refused. */
function refusal(value: unknown): string {
  try {
    encodeJson(value);
  } catch (error) {
    assert.ok(error instanceof LabError, `${error}`);
    assert.equal(error.code, "DriverError");
    assert.equal(error.type, "NotSerializable");
    assert.equal(error.origin, "device");
    const [, problem] = /^Cannot turn the value into JSON: (.*)$/s.exec(error.message)!;
    return problem;
  }
  assert.fail("it was not refused");
}

function fail(message: string): never {
  throw new RangeError(message);
}

const cycle: Record<string, unknown> = { volts: 1 };
cycle.self = cycle;
const loop: unknown[] = [];
loop.push(loop, loop);
const map = new Map<string, unknown>();
map.set("me", map);
const own: unknown = { toJSON: () => own };

const refusals: [string, unknown, string | RegExp][] = [
  ["a function", () => {}, "it holds a function"],
  ["a symbol", Symbol("a"), "it holds a symbol"],
  ["a function inside", { a: [{ b: () => {} }] }, "it holds a function at a[0].b"],
  ["a function in an array", [1, () => {}], "it holds a function at [1]"],
  ["a symbol in a Map", { m: new Map([["k", Symbol()]]) }, "it holds a symbol at m.k"],
  [
    "a function that toJSON gives",
    { a: { toJSON: () => () => {} } },
    "it holds a function at a",
  ],
  [
    "a promise",
    { volts: Promise.resolve(1) },
    "it holds a promise at volts",
  ],
  ["a toJSON that throws", { toJSON: () => fail("no answer") }, "no answer"],
  [
    "a key that is no text",
    new Map([[Object.create(null), 1]]),
    "Cannot convert object to primitive value",
  ],
  ["a cycle", cycle, /^it is nested too deep, or contains itself at self\.self\./],
  ["an array of itself", loop, /it is nested too deep, or contains itself at \[0\]\[0\]/],
  ["a Map of itself", map, /it is nested too deep, or contains itself at me\.me/],
  ["an object that names itself its JSON", own, /it is nested too deep, or contains itself$/],
];

for (const [name, value, message] of refusals) {
  Deno.test(`encodeJson() refuses ${name}`, () => {
    if (typeof message === "string") assert.equal(refusal(value), message);
    else assert.match(refusal(value), message);
  });
}

Deno.test("encodeJson() names the place of a cycle in a short message", () => assert.ok(refusal(cycle).length < 200));

Deno.test("encodeJson() of anything that JSON knows reads back as it was", () => {
  fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
    assert.equal(encodeJson(value), JSON.stringify(value));
  }));
});

Deno.test("encodeJson() returns JSON, or refuses with a reason, for any value", () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  fc.assert(fc.property(anything, fc.constantFrom("json" as const, "base64" as const), (value, arrays) => {
    try {
      JSON.parse(encodeJson(value, arrays));
    } catch (error) {
      assert.ok(error instanceof LabError && error.type === "NotSerializable", `${error}`);
    }
  }));
});

const numbers = { noNaN: false };
const kinds = {
  int8: fc.int8Array(),
  int16: fc.int16Array(),
  uint16: fc.uint16Array(),
  int32: fc.int32Array(),
  uint32: fc.uint32Array(),
  float32: fc.float32Array(numbers),
  float64: fc.float64Array(numbers),
  int64: fc.bigInt64Array(),
  uint64: fc.bigUint64Array(),
  float16: fc.array(fc.double()).map((values) => Float16Array.from(values)),
  uint8: fc.uint8ClampedArray(),
};

for (const [dtype, arrays] of Object.entries(kinds)) {
  Deno.test(`encodeJson() with base64 keeps every bit of a ${dtype} array`, () => {
    fc.assert(fc.property(arrays as fc.Arbitrary<Float64Array>, (array) => {
      const wire = JSON.parse(encodeJson({ trace: array }, "base64")).trace;
      assert.deepEqual(Object.keys(wire), ["dtype", "shape", "base64"]);
      assert.equal(wire.dtype, dtype);
      assert.deepEqual(wire.shape, [array.length]);
      const Constructor = array.constructor as new (buffer: ArrayBuffer) => Float64Array;
      assert.deepEqual(new Constructor(Uint8Array.fromBase64(wire.base64).buffer), array);
    }));
  });

  Deno.test(`encodeJson() without base64 gives the numbers of a ${dtype} array`, () => {
    fc.assert(fc.property(arrays as fc.Arbitrary<Float64Array | BigInt64Array>, (array) => {
      const numbers: unknown[] = JSON.parse(encodeJson(array));
      const expected = Array.from<number | bigint, unknown>(array, (value) => {
        if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
        return Number.isFinite(value) ? value + 0 : null;
      });
      assert.deepEqual(numbers, expected);
    }));
  });
}

Deno.test("an 8-bit scope's Uint8Array has its type under base64, and bytes without a type are bare base64", () => {
  const packed = { dtype: "uint8", shape: [3], base64: "AP8Q" };
  const bytes = Uint8Array.of(0, 255, 16);
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set(bytes);
  for (const array of [bytes, Uint8ClampedArray.from(bytes), Buffer.from(bytes), shared]) {
    assert.deepEqual(JSON.parse(encodeJson({ scope: [array] }, "base64")), { scope: [packed] });
  }
  for (const untyped of [bytes.buffer, shared.buffer, new DataView(bytes.buffer)]) {
    assert.equal(encodeJson(untyped, "base64"), '"AP8Q"');
    assert.equal(encodeJson(untyped), '"AP8Q"');
  }
});

Deno.test("an array of a subclass has the element type of its class", () => {
  class Spectrum extends Float32Array {}
  assert.equal(encodeJson(Spectrum.of(1, 2)), "[1,2]");
  assert.equal(JSON.parse(encodeJson(Spectrum.of(1, 2), "base64")).dtype, "float32");
});
