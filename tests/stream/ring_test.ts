/** A ring whose older entries are packed, beside a plain list of the same entries. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../lib/format/concat.ts";
import { type Entry, makeBlock, Ring } from "../../lib/stream/mod.ts";
import { collectGarbage } from "../support/garbage.ts";
import { fakeTime } from "../support/time.ts";
import { drain, makeLog, samples } from "./wire.ts";

const CHUNK_BYTES = 128 * 1024;
const OVERHEAD_BYTES = 100;

/** The same as a ring, without an old part that is packed. */
class PlainRing {
  all: (Entry & { at: number })[] = [];
  first = 0;
  bytes = 0;

  constructor(readonly maxBytes: number, readonly maxAgeMs: number) {}

  push(entry: Entry) {
    this.all.push({ ...entry, at: performance.now() });
    this.bytes += entry.bytes.length + OVERHEAD_BYTES;
    this.trim();
  }

  trim() {
    const isOver = ({ at }: { at: number }) =>
      at < performance.now() - this.maxAgeMs || this.bytes > this.maxBytes && this.first < this.all.length - 1;
    while (this.first < this.all.length && isOver(this.all[this.first])) {
      this.bytes -= this.all[this.first++].bytes.length + OVERHEAD_BYTES;
    }
  }

  chunk(start: number) {
    let [size, end] = [0, start];
    while (end < this.all.length && (end === start || size + this.all[end].bytes.length <= CHUNK_BYTES)) {
      size += this.all[end++].bytes.length;
    }
    return { bytes: this.bytesOf(start, end), end, next: this.all[end - 1].next };
  }

  bytesOf(from: number, to: number) {
    return concat(this.all.slice(from, to).map(({ bytes }) => bytes));
  }

  find(matches: (entry: Entry & { at: number }) => boolean) {
    const found = this.all.findIndex((entry, i) => i >= this.first && matches(entry));
    return found < 0 ? this.all.length : found;
  }
}

/** Entries as a log adds them: blocks of some frames, gaps, events, and events that belong to the next sample. */
const kind = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ frames: fc.integer({ min: 1, max: 3 }), size: fc.integer({ min: 1, max: 200 }) }),
  },
  { weight: 1, arbitrary: fc.record({ frames: fc.constant(1), size: fc.integer({ min: 800, max: 2_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ frames: fc.integer({ min: 1, max: 9 }), size: fc.integer({ min: 1, max: 30_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ lost: fc.integer({ min: 1, max: 1e12 }), size: fc.nat(150) }) },
  { weight: 1, arbitrary: fc.record({ isPreface: fc.boolean(), size: fc.nat(150) }) },
);
const step = fc.record({ kind, repeats: fc.integer({ min: 1, max: 200 }), ms: fc.nat(3) });

/** Some bytes that are different in each entry. */
function bytesOf(size: number, seed: number): Uint8Array {
  return new Uint8Array(size).map((_, i) => seed * 31 + i);
}

/** An entry without its bytes. */
const restOf = ({ first, next, ends, isPreface = false, at }: Entry) => ({ first, next, at, isPreface, ends });

Deno.test("a ring gives at each place what a plain list of its entries gives, however old they are", async () => {
  const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 400_000 }),
      fc.integer({ min: 20, max: 3_000 }),
      fc.array(step, { minLength: 1, maxLength: 10 }),
      fc.nat(1e12),
      places,
      async (maxBytes, maxAgeMs, steps, begin, places) => {
        using time = fakeTime();
        const ring = new Ring({ maxBytes, maxAgeMs });
        const plain = new PlainRing(maxBytes, maxAgeMs);
        let next = begin;
        for (const { kind, repeats, ms } of steps) {
          for (let n = 0; n < ("frames" in kind && kind.size > 2_000 ? Math.min(repeats, 3) : repeats); n++) {
            const bytes = bytesOf(kind.size * ("frames" in kind ? kind.frames : 1), plain.all.length);
            const first = next;
            let entry: Entry = { first, next, bytes, ends: null };
            if ("frames" in kind) {
              const ends = Uint32Array.from({ length: kind.frames }, (_, i) => (i + 1) * kind.size);
              entry = { first, next: next += kind.frames, bytes, ends };
            } else if ("lost" in kind) entry = { ...entry, next: next += kind.lost };
            else if (kind.isPreface) entry = { ...entry, isPreface: true };
            ring.push(entry);
            plain.push(entry);
            if (n % 50 === 0) await time.tick(ms);
          }
          ring.trim();
          plain.trim();
          assert.deepEqual([ring.firstEntry, ring.nextEntry, ring.bytes], [plain.first, plain.all.length, plain.bytes]);
          const count = ring.nextEntry - ring.firstEntry;
          for (const place of count ? places : []) {
            const number = ring.firstEntry + Math.floor(place * (count - 0.001));
            const entry = plain.all[number];
            assert.deepEqual(restOf(ring.entry(number)), restOf(entry));
            assert.ok(equalBytes(ring.entry(number).bytes, entry.bytes));
            const { first, at, bytes: { length: size }, ends } = entry;
            assert.deepEqual(ring.head(number), { first, next: entry.next, at, size, isNotice: ends === null });
            const chunk = ring.chunk(number);
            assert.equal(ring.chunk(number), chunk);
            const { end, next: behind, bytes: whole } = plain.chunk(number);
            assert.deepEqual([chunk.end, chunk.next], [end, behind]);
            assert.ok(equalBytes(chunk.bytes, whole));
            const to = number + Math.ceil(places[0] * (ring.nextEntry - number));
            assert.ok(equalBytes(concat([...ring.pieces(number, to)]), plain.bytesOf(number, to)));
            assert.equal(ring.find(first), plain.find((it) => it.next > first));
            assert.equal(ring.find(entry.next), plain.find((it) => it.next > entry.next));
            for (const since of [at, at + 0.5]) assert.equal(ring.findTime(since), plain.find((it) => it.at >= since));
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

Deno.test("what a reader took stays as it was when the ring has dropped it", () => {
  const log = makeLog({ maxBytes: 100_000 });
  const cursor = log.cursor();
  for (let i = 0; i < 300; i++) log.append(samples(i, 1));
  const entries = Array.from({ length: 300 }, () => cursor.next()!);
  const taken = log.cursor("e1-9").take()!;
  const before = [...entries.map(({ bytes }) => [...bytes]), [...taken]];
  for (let i = 300; i < 2_000; i++) log.append(samples(i, 1));
  assert.ok(log.oldest > 1_000);
  assert.deepEqual([...entries.map(({ bytes }) => [...bytes]), [...taken]], before);
  assert.equal(drain(cursor).at(-1)!.data.sequence, 1_999);
});

Deno.test("what the ring has dropped is free at once, also of entries that are too large to be packed", async () => {
  const log = makeLog({ maxBytes: 600_000 });
  const buffers = Array.from({ length: 400 }, (_, i) => {
    const block = makeBlock(i, ["x".repeat(3_000)]);
    log.append(block);
    return new WeakRef(block.bytes.buffer);
  });
  // Until its turn ends, a reference keeps what it refers to.
  await new Promise((resolve) => setTimeout(resolve));
  collectGarbage();
  assert.ok(log.oldest > 128 + 50 && log.oldest < 256 - 20, `oldest is ${log.oldest}`);
  assert.deepEqual(buffers.map((buffer) => buffer.deref() !== undefined), buffers.map((_, i) => i >= log.oldest));
});

Deno.test("single samples in a ring take no more memory than the ring counts", () => {
  const log = makeLog({ maxBytes: 64 * 1024 * 1024 });
  const used = () => {
    collectGarbage();
    const { heapUsed, external } = Deno.memoryUsage();
    return heapUsed + external;
  };
  for (let i = 0; i < 1_000; i++) log.append(samples(i, 1));
  const [before, counted] = [used(), log.ring.bytes];
  for (let i = 1_000; i < 21_000; i++) log.append(samples(i, 1));
  const grown = used() - before;
  assert.ok(grown < log.ring.bytes - counted, `${grown} bytes for ${log.ring.bytes - counted}`);
});
