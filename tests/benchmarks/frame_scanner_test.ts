import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameScanner } from "../../benchmarks/load/frame_scanner.ts";
import { gap, sample, state } from "./wire.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Shows the scanner the text in pieces of these sizes, over and over, and keeps what it asks to keep. */
function scanInPieces(text: string, sizes: readonly number[], scanner = new FrameScanner()): FrameScanner {
  let rest = encoder.encode(text);
  let window = new Uint8Array(0);
  for (let i = 0; rest.length > 0; i++) {
    const piece = rest.subarray(0, sizes[i % sizes.length]);
    rest = rest.subarray(piece.length);
    const bytes = new Uint8Array(window.length + piece.length);
    bytes.set(window);
    bytes.set(piece, window.length);
    window = bytes.subarray(scanner.scan(bytes, bytes.length));
  }
  return scanner;
}

/** The parts of a stream: samples, reported gaps, missing samples without a gap, and states between them. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("samples" as const), count: fc.integer({ min: 1, max: 9 }) }),
    },
    fc.record({ kind: fc.constantFrom("gap" as const, "missing" as const), count: fc.integer({ min: 1, max: 1000 }) }),
    fc.record({ kind: fc.constant("state" as const), count: fc.constant(1) }),
  ),
  { maxLength: 20 },
);

Deno.test("FrameScanner accounts for every sample, wherever the reads cut the stream", () => {
  fc.assert(fc.property(
    steps,
    fc.nat(1e9),
    fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
    fc.constantFrom<unknown>(0, -1.5, "μ".repeat(40), Array(500).fill(7.25)),
    (steps, first, sizes, payload) => {
      let text = "retry: 2000\n\n" + state() + sample(first, payload);
      let next = first + 1;
      const expected = { received: 1, lost: 0, unreported: 0 };
      for (const { kind, count } of steps) {
        if (kind === "state") text += state();
        else if (kind === "samples") {
          for (let i = 0; i < count; i++) text += sample(next++, payload);
          expected.received += count;
        } else {
          // Missing samples show at the next sample, so there is one. Only a reported gap accounts for them.
          if (kind === "gap") text += gap(next, next + count - 1) + state();
          expected[kind === "gap" ? "lost" : "unreported"] += count;
          next += count;
          text += sample(next++, payload);
          expected.received++;
        }
      }
      const { received, lost, unreported, repeated, ...scanner } = scanInPieces(text, sizes);
      assert.deepEqual({ received, lost, unreported }, expected);
      assert.deepEqual([scanner.first, scanner.next, repeated], [first, next, 0]);
    },
  ));
});

Deno.test("FrameScanner ignores a gap whose numbers are not the missing ones", () => {
  const { received, lost, unreported } = scanInPieces(sample(0, 1) + gap(1, 3) + sample(9, 1), [1000]);
  assert.deepEqual([received, lost, unreported], [2, 3, 5]);
});

Deno.test("FrameScanner counts a repeated sample, and not as a new one", () => {
  const { received, repeated, next } = scanInPieces(sample(4, 1) + sample(5, 1) + sample(4, 1) + sample(6, 1), [1000]);
  assert.deepEqual([received, repeated, next], [3, 1, 7]);
});

Deno.test("FrameScanner shows a listener each sample with what follows its number", () => {
  const seen: [number, string][] = [];
  const scanner = new FrameScanner((sequence, bytes, end) => {
    seen.push([sequence, decoder.decode(bytes.subarray(end, end + 13))]);
  });
  scanInPieces(sample(1, 1) + sample(2, 1), [60], scanner);
  assert.deepEqual(seen, [[1, ',"timestamp":'], [2, ',"timestamp":']]);
});
