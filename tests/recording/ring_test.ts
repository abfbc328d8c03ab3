import { deepStrictEqual as equal, ok, rejects, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { concat } from "../../lib/format/concat.ts";
import { RingWriter } from "../../lib/recording/feed/ring_writer.ts";
import { counterOf, HEAD_AT, RING_BYTES, RingFile } from "../../lib/recording/protocol/ring_file.ts";
import { RingReader } from "../../lib/recording/recorder/ring_reader.ts";

const MIB = 1024 ** 2;

/** A ring with both ends in this process, and the pipe beside it. */
async function openRing() {
  const folder = await Deno.makeTempDir({ prefix: "ring" });
  const reader = RingReader.make(`${folder}/ring`);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: 100 });
  const pipe = writable.getWriter();
  let wakes = 0;
  const writer = new RingWriter(reader.path, () => {
    wakes++;
    return pipe.write(new Uint8Array(1));
  });
  return {
    folder,
    reader,
    writer,
    pipe,
    bytes: reader.bytes(readable),
    get wakes() {
      return wakes;
    },
    async [Symbol.asyncDispose]() {
      writer.close();
      reader.close();
      await Deno.remove(folder);
    },
  };
}

Deno.test("a ring gives each byte once and in order, around its end, and when more comes than it holds", async () => {
  const sizes = fc.array(fc.constantFrom(0, 1, 40, 5_000, 700_001, 3 * MIB, RING_BYTES, RING_BYTES + 12_345), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      await using ring = await openRing();
      const { writer, pipe, bytes } = ring;
      const parts = sizes.map((size, i) => new Uint8Array(size).map((_, at) => at * 31 + i));
      const writing = (async () => {
        for (const part of parts) await writer.write([part.subarray(0, 7), part.subarray(7)]);
        await pipe.close();
      })();
      const read = await Array.fromAsync(bytes);
      await writing;
      ok(Buffer.from(concat(read)).equals(concat(parts)));
    }),
    { numRuns: 8, seed: 14 },
  );
});

Deno.test("a reader that keeps up gets each byte once and in order, and only the beginning of the ring is in use", async () => {
  const sizes = fc.array(fc.constantFrom(1, 40, 5_000, 81_587, 262_143, 262_144, 300_000), {
    minLength: 100,
    maxLength: 100,
  });
  await fc.assert(
    fc.asyncProperty(sizes, fc.infiniteStream(fc.integer({ min: 1, max: 3 })), async (sizes, together) => {
      const folder = await Deno.makeTempDir({ prefix: "ring" });
      const reader = RingReader.make(`${folder}/ring`);
      const file = RingFile.open(reader.path);
      const writer = new RingWriter(reader.path, () => Promise.resolve());
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const bytes = reader.bytes(readable);
      const parts = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
      for (let i = 0; i < parts.length;) {
        const written = parts.slice(i, i += together.next().value);
        if (i % 2 === 0) await writer.write(written);
        else ok(writer.writeNow(written));
        const expected = concat(written);
        const read: Uint8Array[] = [];
        for (let length = 0; length < expected.length; length += read.at(-1)!.length) {
          read.push((await bytes.next()).value!);
        }
        ok(Buffer.from(concat(read)).equals(expected));
      }
      const behind = new Uint8Array(RING_BYTES - 2 * MIB);
      file.read(2 * MIB, behind);
      ok(behind.every((byte) => byte === 0));
      await writable.close();
      equal(await Array.fromAsync(bytes), []);
      for (const it of [file, writer, reader]) it.close();
      await Deno.remove(folder);
    }),
    { numRuns: 8, seed: 14 },
  );
});

Deno.test("what there is no room for is not written at once, nor a part of it; what is written is read in order", async () => {
  await using ring = await openRing();
  const { writer, pipe, bytes } = ring;
  ok(writer.writeNow([new Uint8Array(RING_BYTES - 10).fill(1), new Uint8Array(3).fill(2)]));
  ok(!writer.writeNow([new Uint8Array(4).fill(3), new Uint8Array(4).fill(4)]));
  ok(writer.writeNow([new Uint8Array(7).fill(5)]));
  const parts: Uint8Array[] = [];
  for (let length = 0; length < RING_BYTES;) {
    const { value } = await bytes.next();
    parts.push(value!);
    length += value!.length;
  }
  ok(writer.writeNow([new Uint8Array(RING_BYTES).fill(6)]));
  await pipe.close();
  const expected = [...[1, 2, 5].map((it, i) => new Uint8Array([RING_BYTES - 10, 3, 7][i]).fill(it))];
  const read = concat([...parts, ...await Array.fromAsync(bytes)]);
  ok(Buffer.from(read).equals(concat([...expected, new Uint8Array(RING_BYTES).fill(6)])));
  writer.close();
  throws(() => writer.writeNow([new Uint8Array(1)]), /closed/);
});

Deno.test("the reader of a ring that sleeps is woken by the pipe, and what was written before the pipe ended is read", async () => {
  await using ring = await openRing();
  const { writer, pipe, bytes } = ring;
  const first = bytes.next();
  // It looks some times, and sleeps.
  while (ring.wakes === 0) {
    await writer.write([]);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await writer.write([new Uint8Array([1, 2])]);
  equal([...(await first).value!], [1, 2]);
  await writer.write([new Uint8Array([3])]);
  await pipe.close();
  equal((await Array.fromAsync(bytes)).map((it) => [...it]), [[3]]);
});

Deno.test("a ring has no name when both have it, and one that is closed takes nothing, however full it is", async () => {
  await using ring = await openRing();
  equal([...Deno.readDirSync(ring.folder)], []);
  const writing = ring.writer.write([new Uint8Array(RING_BYTES + 1)]);
  ring.writer.close();
  await rejects(writing, /closed/);
  await rejects(ring.writer.write([new Uint8Array(1)]), /closed/);
});

Deno.test("one half of a counter is none", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ring" });
  const ring = RingFile.make(`${folder}/ring`);
  ring.setNumbers(HEAD_AT, 300, -44);
  equal(counterOf(ring.numbers(HEAD_AT, 2)), undefined);
  ring.setNumbers(HEAD_AT, 300, -300);
  equal(counterOf(ring.numbers(HEAD_AT, 2)), 300);
  ring.close();
  await Deno.remove(folder, { recursive: true });
});
