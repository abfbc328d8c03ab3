/** The frames of messages, as they are encoded and decoded. */
import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { concat } from "../../lib/format/concat.ts";
import { COMPRESSED, decodeMessage, encodeFrames, PLAIN } from "../../lib/hub/encoded_frames.ts";

/** Pieces of frames, as a ring has them. */
function pieces(count: number, length: number, seed: number) {
  const parts = Array.from({ length: count }, (_, i) => new Uint8Array(length).fill((seed + i) % 251));
  const bytes = concat(parts);
  return { parts, bytes, size: bytes.length };
}

Deno.test("pieces of any number and size come back as they were, also after others were encoded", () => {
  const all = [[300, 700, 1], [1, 90_000, 2], [5_000, 170, 3], [20, 300, 4]].map(([n, length, seed]) =>
    pieces(n, length, seed)
  );
  const encoded = all.map((frames) => encodeFrames(frames, true));
  for (const [i, { encoding, bytes }] of encoded.entries()) {
    equal(encoding, COMPRESSED);
    equal(decodeMessage({ encoding, bytes }), all[i].bytes);
  }
});

Deno.test("what is small, or is not to be compressed, stays as it is", () => {
  const small = pieces(3, 100, 1);
  equal(encodeFrames(small, true), { encoding: PLAIN, bytes: small.bytes });
  const large = pieces(300, 700, 1);
  equal(encodeFrames(large, false), { encoding: PLAIN, bytes: large.bytes });
});

Deno.test("frames that take less than a hundredth of their bytes are decoded, and those that claim to be endless are not", () => {
  const zeros = { bytes: new Uint8Array(3_000_000), size: 3_000_000 };
  equal(decodeMessage(encodeFrames(zeros, true)).length, 3_000_000);
  const endless = { bytes: new Uint8Array(65 * 1024 * 1024), size: 65 * 1024 * 1024 };
  throws(() => decodeMessage(encodeFrames(endless, true)));
});
