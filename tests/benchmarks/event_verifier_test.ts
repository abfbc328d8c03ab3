import assert from "node:assert/strict";
import fc from "fast-check";
import { Dechunker } from "../../benchmarks/load/dechunk.ts";
import { EventVerifier } from "../../benchmarks/load/event_verifier.ts";
import { gap, sample } from "./wire.ts";

const encoder = new TextEncoder();

function verify(...frames: string[]): EventVerifier {
  const verifier = new EventVerifier();
  verifier.push(encoder.encode(frames.join("")));
  return verifier;
}

Deno.test("EventVerifier reports nothing for a correct stream", () => {
  const { faults, accounts } = verify(": hello\n\n", sample(3, 1), sample(4, NaN), gap(5, 9), sample(10, [1, 2]));
  assert.deepEqual(faults, []);
  assert.deepEqual([...accounts], [["daq1", { first: 3, next: 11, received: 3, lost: 5 }]]);
});

Deno.test("EventVerifier reports a missing sample, a repetition, a wrong gap count and a wrong id", () => {
  assert.match(verify(sample(0, 1), sample(2, 1)).faults[0], /sample 2 of daq1 where 1 is due/);
  assert.match(verify(sample(0, 1), sample(0, 1)).faults[0], /sample 0 of daq1 where 1 is due/);
  assert.match(verify(sample(0, 1), gap(2, 4)).faults[0], /gap of 3 from 2 to 4 of daq1 where 1 is due/);
  assert.match(verify(sample(0, 1).replace("id: k3f9-0", "id: k3f9-1")).faults[0], /has the id k3f9-1/);
});

Deno.test("Dechunker returns the body, wherever the reads cut the chunks", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }),
    fc.integer({ min: 1, max: 30 }),
    (chunks, size) => {
      const coded = [...chunks, new Uint8Array(0)].flatMap((chunk) => [
        ...encoder.encode(`${chunk.length.toString(16)}\r\n`),
        ...chunk,
        ...encoder.encode("\r\n"),
      ]);
      const dechunker = new Dechunker();
      const body: number[] = [];
      for (let at = 0; at < coded.length; at += size) {
        const window = Uint8Array.from([9, ...coded.slice(at, at + size)]);
        body.push(...window.subarray(1, dechunker.compact(window, 1, window.length)));
      }
      assert.deepEqual(body, chunks.flatMap((chunk) => [...chunk]));
      assert.equal(dechunker.done, true);
    },
  ));
});

Deno.test("Dechunker refuses what is not chunked", () => {
  const text = encoder.encode("event: x\n");
  assert.throws(() => new Dechunker().compact(text, 0, text.length), /byte 118 stands where its size is due/);
});
