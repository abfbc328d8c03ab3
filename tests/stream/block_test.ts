import assert from "node:assert/strict";
import fc from "fast-check";
import { makeBlock, partsOf, unpackBlock } from "../../lib/stream/block.ts";

const frames = fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { minLength: 1, maxLength: 50 });
const first = fc.maxSafeNat();
const text = new TextDecoder();

Deno.test("makeBlock() puts each frame between its ends, whatever its characters", () => {
  fc.assert(fc.property(first, frames, (first, frames) => {
    const { bytes, ends } = makeBlock(first, frames);
    const parts = Array.from(ends, (end, i) => text.decode(bytes.subarray(i ? ends[i - 1] : 0, end)));
    assert.deepEqual(parts, frames);
    assert.equal(ends.at(-1), bytes.length);
  }));
});

Deno.test("unpackBlock() returns the block that was packed", () => {
  fc.assert(fc.property(first, frames, (first, frames) => {
    const { packed, ...block } = makeBlock(first, frames);
    assert.deepEqual(unpackBlock(packed), block);
    assert.deepEqual(unpackBlock(packed.slice()), block);
  }));
});

Deno.test("partsOf() gives each frame once, in order, in parts of so many bytes or of one frame", () => {
  const max = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(fc.nat(), frames, max, (first, frames, max) => {
      const whole = makeBlock(first, frames);
      const parts = [...partsOf(whole, max)];
      const numbered = parts.flatMap(({ first, ends, bytes }) => {
        assert.ok(bytes.length <= max || ends.length === 1);
        assert.equal(ends.at(-1), bytes.length);
        return Array.from(ends, (end, i) => [first + i, text.decode(bytes.subarray(i ? ends[i - 1] : 0, end))]);
      });
      assert.deepEqual(numbered, frames.map((frame, i) => [first + i, frame]));
    }),
    { examples: [[0, ["ab", "c", "defg"], 3]] },
  );
});

Deno.test("a block shares its memory with its packed form: nothing is copied on the way", () => {
  const { packed, bytes, ends } = makeBlock(7, ["a", "é"]);
  const unpacked = unpackBlock(packed);
  for (const { buffer } of [bytes, ends, unpacked.bytes, unpacked.ends]) assert.equal(buffer, packed.buffer);
});

Deno.test("unpackBlock() refuses a block that is cut off", () => {
  fc.assert(fc.property(frames, fc.double({ min: 0, max: 0.999 }), (frames, share) => {
    const { packed } = makeBlock(1, frames);
    assert.throws(() => unpackBlock(packed.slice(0, Math.floor(packed.length * share))), RangeError);
  }));
});

Deno.test("unpackBlock() refuses bytes that are no block, and quotes their header", () => {
  assert.throws(() => unpackBlock(new Uint8Array(12)), {
    name: "RangeError",
    message: "Cannot read a block of 12 bytes: its header says 0 frames from 0",
  });
  const { packed } = makeBlock(NaN, ["a"]);
  assert.throws(() => unpackBlock(packed), { message: /its header says 1 frames from NaN/ });
});
