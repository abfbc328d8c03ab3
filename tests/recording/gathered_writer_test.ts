import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { concat } from "../../lib/format/concat.ts";
import { GatheredWriter } from "../../lib/recording/feed/gathered_writer.ts";

const KIB = 1024;

/** Writes parts, as a pipe that has a piece only when its promise has resolved. */
async function written(parts: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const writer = new GatheredWriter(async (bytes) => {
    await Promise.resolve();
    pieces.push(bytes.slice());
  });
  await writer.write(parts);
  return pieces;
}

Deno.test("parts of any size are written in order, each byte once, though one buffer has all copies", async () => {
  const sizes = fc.array(fc.constantFrom(0, 1, 40, 5 * KIB, 127 * KIB, 128 * KIB, 129 * KIB, 300 * KIB), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      const parts = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
      ok(Buffer.from(concat(await written(parts))).equals(concat(parts)));
    }),
    { numRuns: 20, seed: 14 },
  );
});

Deno.test("many small parts are one write, and a large one is written as it is", async () => {
  const small = Array.from({ length: 100 }, () => new Uint8Array(KIB));
  equal((await written([...small, new Uint8Array(500 * KIB), new Uint8Array(40)])).map(({ length }) => length), [
    100 * KIB,
    500 * KIB,
    40,
  ]);
});
