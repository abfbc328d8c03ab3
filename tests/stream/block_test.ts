import assert from "node:assert/strict";
import fc from "fast-check";
import { makeBlock, packBlock, unpackBlock } from "../../lib/stream/block.ts";

const frames = fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { minLength: 1, maxLength: 50 });
const first = fc.maxSafeNat();
const text = new TextDecoder();

Deno.test("a block holds each frame between its ends, whatever its letters", () => {
  fc.assert(fc.property(first, frames, (first, frames) => {
    const { bytes, ends } = makeBlock(first, frames);
    const parts = Array.from(ends, (end, i) => text.decode(bytes.subarray(i ? ends[i - 1] : 0, end)));
    assert.deepEqual(parts, frames);
    assert.equal(ends.at(-1), bytes.length);
  }));
});

Deno.test("a packed block unpacks to the same", () => {
  fc.assert(fc.property(first, frames, (first, frames) => {
    const block = makeBlock(first, frames);
    assert.deepEqual(unpackBlock(packBlock(block)), block);
  }));
});

Deno.test("a block unpacks from the middle of a buffer, and shares no memory with it", () => {
  const packed = packBlock(makeBlock(7, ["a", "é"]));
  const buffer = new Uint8Array(packed.length + 3);
  buffer.set(packed, 3);
  const block = unpackBlock(buffer.subarray(3));
  buffer.fill(0);
  assert.deepEqual(block, makeBlock(7, ["a", "é"]));
});

Deno.test("a part of a block packs as what it is", () => {
  const { first, ends, bytes } = makeBlock(0, ["ab", "cd", "ef"]);
  const part = { first: first + 1, ends: ends.subarray(1).map((end) => end - 2), bytes: bytes.subarray(2) };
  assert.deepEqual(unpackBlock(packBlock(part)), makeBlock(1, ["cd", "ef"]));
});

Deno.test("no beginning of a packed block is taken for a whole one", () => {
  fc.assert(fc.property(frames, fc.double({ min: 0, max: 0.999 }), (frames, share) => {
    const packed = packBlock(makeBlock(1, frames));
    assert.throws(() => unpackBlock(packed.subarray(0, Math.floor(packed.length * share))), RangeError);
  }));
});

Deno.test("bytes that are no block are refused with what they say of themselves", () => {
  assert.throws(() => unpackBlock(new Uint8Array(12)), {
    name: "RangeError",
    message: "Cannot read a block of 12 bytes: its header says 0 frames from 0",
  });
  const nowhere = packBlock({ ...makeBlock(0, ["a"]), first: NaN });
  assert.throws(() => unpackBlock(nowhere), { message: /its header says 1 frames from NaN/ });
});
