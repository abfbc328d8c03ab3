import assert from "node:assert/strict";
import fc from "fast-check";
import { LabError } from "../../lib/errors.ts";
import { BlockPace } from "../../lib/stream/pace/block_pace.ts";
import { type Block, type SampleSink, SampleWriter } from "../../lib/stream/mod.ts";
import { fakeTime } from "../support/time.ts";
import { HEAD, parse } from "./wire.ts";

/** A sink that remembers, and that the test can make busy. */
class Sink implements SampleSink {
  readonly got: (Block | { next: number })[] = [];
  readonly problems: LabError[] = [];
  #busy: PromiseWithResolvers<void> | undefined;

  block(block: Block): void | Promise<void> {
    this.got.push(block);
    return this.#busy?.promise;
  }

  lost(next: number): void {
    this.got.push({ next });
  }

  problem(error: LabError): void {
    this.problems.push(error);
  }

  /** From now on every block takes until `free`. */
  busy(): void {
    this.#busy ??= Promise.withResolvers();
  }

  free(): void {
    this.#busy?.resolve();
    this.#busy = undefined;
  }

  /** In short: a block as its samples' numbers, a loss as `<next`. */
  get brief(): (number[] | string)[] {
    return this.got.map((it) => "next" in it ? `<${it.next}` : Array.from(it.ends, (_, i) => it.first + i));
  }

  get blocks(): Block[] {
    return this.got.filter((it): it is Block => !("next" in it));
  }
}

function bench(next = 0) {
  const sink = new Sink();
  return { sink, writer: new SampleWriter(HEAD, next, sink) };
}

Deno.test("a slow device's sample leaves at once, in a block of its own", async () => {
  using time = fakeTime();
  const { sink, writer } = bench();
  for (let i = 0; i < 3; i++) {
    writer.write(i);
    await time.tick(0);
    assert.equal(sink.got.length, i + 1);
    await time.tick(100);
  }
  assert.deepEqual(sink.brief, [[0], [1], [2]]);
});

Deno.test("samples of one turn share a block, microtasks between them or not", async () => {
  using time = fakeTime();
  const { sink, writer } = bench();
  for (let i = 0; i < 5; i++) {
    writer.write(i);
    await Promise.resolve();
  }
  assert.deepEqual(sink.brief, []);
  await time.tick(0);
  assert.deepEqual(sink.brief, [[0, 1, 2, 3, 4]]);
});

Deno.test("a fast device's samples gather into a block for every turn of the timers", async () => {
  using time = fakeTime();
  const { sink, writer } = bench();
  for (let ms = 0; ms < 100; ms++) {
    for (let i = 0; i < 10; i++) writer.write(i);
    await time.tick(1);
  }
  await writer.flush();
  assert.deepEqual(sink.brief.flat(), Array.from({ length: 1_000 }, (_, i) => i));
  assert.ok(sink.got.length > 40 && sink.got.length <= 101, `${sink.got.length} blocks`);
});

Deno.test("a sample at 1 kHz leaves in the turn in which it was yielded, also where timers are late and early by turns", async () => {
  using time = fakeTime();
  const { sink, writer } = bench();
  for (let i = 0; i < 100; i++) {
    writer.write(i);
    await time.tick(0);
    assert.equal(sink.got.length, i + 1);
    await time.tick(i % 2 ? 1.7 : 0.3);
  }
});

Deno.test("ten devices at 1 kHz in one process send a thousand blocks a second together, all in the same turns: each sent its own 475", async () => {
  using time = fakeTime();
  const pace = new BlockPace();
  const turns = new Set<number>();
  const sinks = Array.from({ length: 10 }, () => new Sink());
  const writers = sinks.map((sink) => new SampleWriter(HEAD, 0, sink, pace));
  /** A second of samples. */
  const run = async () => {
    for (let i = 0; i < 500; i++) {
      for (const writer of writers) {
        writer.write(i);
        writer.write(i);
      }
      await time.tick(2);
      const count = sinks.reduce((sum, { got }) => sum + got.length, 0);
      if (count > sent) turns.add(performance.now());
      sent = count;
    }
  };
  let sent = 0;
  await run();
  const before = sent;
  turns.clear();
  await run();
  assert.ok(sent - before > 800 && sent - before < 1_300, `${sent - before} blocks in a second`);
  assert.ok(turns.size < 160, `${turns.size} turns with blocks in a second`);
  for (const writer of writers) await writer.flush();
  for (const sink of sinks) assert.deepEqual(sink.brief.flat(), Array.from({ length: 2_000 }, (_, i) => i));
});

Deno.test("beside devices that send a lot, the sample of a slow one leaves at once", async () => {
  using time = fakeTime();
  const pace = new BlockPace();
  const fast = Array.from({ length: 20 }, () => new SampleWriter(HEAD, 0, new Sink(), pace));
  const sink = new Sink();
  const slow = new SampleWriter(HEAD, 0, sink, pace);
  for (let i = 0; i < 500; i++) {
    for (const writer of fast) writer.write(i);
    if (i % 20 === 0) slow.write(i);
    await time.tick(0);
    if (i % 20 === 0) assert.equal(sink.got.length, i / 20 + 1);
    await time.tick(2);
  }
  for (const writer of fast) await writer.flush();
});

Deno.test("a source that wakes 10,000 times a second sends about a thousand blocks a second", async () => {
  using time = fakeTime();
  const { sink, writer } = bench();
  for (let i = 0; i < 2_000; i++) {
    writer.write(i);
    await time.tick(0.1);
  }
  await writer.flush();
  assert.equal(sink.brief.flat().length, 2_000);
  assert.ok(sink.got.length > 150 && sink.got.length <= 205, `${sink.got.length} blocks in 200 ms`);
});

Deno.test("sequence numbers start at the number that the writer was given", async () => {
  using _time = fakeTime();
  const { sink, writer } = bench(41);
  writer.write("a");
  writer.write("b");
  await writer.flush();
  assert.deepEqual(parse(...sink.blocks.map(({ bytes }) => bytes)).map(({ id, data }) => [id, data.payload]), [
    ["e1-41", "a"],
    ["e1-42", "b"],
  ]);
});

Deno.test("undefined, null, zero and an empty text are samples", async () => {
  using _time = fakeTime();
  const { sink, writer } = bench();
  for (const sample of [undefined, null, 0, ""]) writer.write(sample);
  await writer.flush();
  assert.deepEqual(parse(sink.blocks[0].bytes).map(({ data }) => data.payload), [null, null, 0, ""]);
});

Deno.test("a large block is closed whatever the time", () => {
  using _time = fakeTime();
  const { sink, writer } = bench();
  writer.write("x".repeat(100_000));
  assert.deepEqual(sink.brief, [[0]]);
});

Deno.test("lost samples have their numbers, in their place", async () => {
  using _time = fakeTime();
  const { sink, writer } = bench();
  writer.lose(2);
  writer.write("a");
  writer.lose(3);
  writer.lose(1);
  writer.write("b");
  await writer.flush();
  assert.deepEqual(sink.brief, ["<2", [2], "<6", "<7", [7]]);
});

Deno.test("a sample that cannot be encoded is reported as lost, and the next one is written", async () => {
  using _time = fakeTime();
  const { sink, writer } = bench();
  writer.write("a");
  assert.throws(() => writer.write({ f: () => {} }), (error: unknown) => {
    assert.ok(error instanceof LabError);
    assert.equal(error.type, "NotSerializable");
    return true;
  });
  writer.write("c");
  await writer.flush();
  assert.deepEqual(sink.brief, [[0], "<2", [2]]);
});

Deno.test("a busy sink is given one block at a time, and all in order", async () => {
  using time = fakeTime();
  const { sink, writer } = bench();
  sink.busy();
  for (let i = 0; i < 3; i++) {
    writer.write(i);
    await time.tick(10);
  }
  writer.lose(1);
  assert.deepEqual(sink.brief, [[0]]);

  const flushed = writer.flush();
  sink.free();
  await flushed;
  assert.deepEqual(sink.brief, [[0], [1], [2], "<4"]);
});

Deno.test("a writer is full while its sink is far behind", async () => {
  using _time = fakeTime();
  const { sink, writer } = bench();
  const large = "x".repeat(1024 * 1024);
  sink.busy();
  for (let i = 0; i < 4; i++) {
    assert.equal(writer.full, false, `after ${i}`);
    writer.write(large);
  }
  writer.write(large);
  assert.equal(writer.full, true);
  const drained = writer.drained();
  sink.free();
  await drained;
  assert.equal(writer.full, false);
  assert.deepEqual(sink.brief, [[0], [1], [2], [3], [4]]);
});

Deno.test("waiting for a busy sink ends with its signal", async () => {
  using _time = fakeTime();
  const { sink, writer } = bench();
  const stop = new AbortController();
  sink.busy();
  writer.write("x".repeat(100_000));
  const drained = writer.drained(stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(drained, { message: "stopped" });
  sink.free();
  await writer.drained();
});

Deno.test("flush() leaves no timer behind, and flushing nothing gives no block", async () => {
  using time = fakeTime();
  const { sink, writer } = bench();
  await writer.flush();
  writer.write(1);
  await writer.flush();
  await writer.flush();
  assert.equal(time.timers, 0);
  assert.deepEqual(sink.brief, [[0]]);
});

Deno.test("every number is in a block or reported as lost, once and in order, for any rhythm", async () => {
  const steps = fc.array(fc.constantFrom("write", "bad", "lose", "turn", "wait", "busy", "free"), { maxLength: 60 });
  using time = fakeTime();
  await fc.assert(fc.asyncProperty(steps, async (steps) => {
    const { sink, writer } = bench();
    let produced = 0;
    for (const step of steps) {
      if (step === "write") writer.write(produced++);
      if (step === "bad") {
        assert.throws(() => writer.write(() => {}));
        produced++;
      }
      if (step === "lose") {
        writer.lose(2);
        produced += 2;
      }
      if (step === "turn") await time.tick(0);
      if (step === "wait") await time.tick(5);
      if (step === "busy") sink.busy();
      if (step === "free") sink.free();
    }
    sink.free();
    await writer.flush();

    let next = 0;
    for (const it of sink.got) {
      if ("next" in it) next = it.next;
      else {
        assert.equal(it.first, next);
        next += it.ends.length;
      }
    }
    assert.equal(next, produced);
    for (const { data } of parse(...sink.blocks.map(({ bytes }) => bytes))) assert.equal(data.payload, data.sequence);
  }));
});

Deno.test("samples that are too large are lost, reported once in ten seconds, and the next one is sent", async () => {
  using time = fakeTime();
  const { sink, writer } = bench();
  const large = "x".repeat(63_000_000);
  for (const payload of [1, large, large, 2]) writer.write(payload);
  await writer.flush();
  assert.deepEqual(sink.brief, [[0], "<2", "<3", [3]]);
  await time.tick(10_000);
  writer.write(large);
  assert.deepEqual(sink.problems.map(({ type, context }) => [type, context.sequence]), [["SampleTooLarge", 1], [
    "SampleTooLarge",
    4,
  ]]);
  assert.match(sink.problems[0].message, /^Sample 1 is too large: 63\.0 MB as an event, and 62\.9 MB at most\./);
  assert.match(sink.problems[1].message, /; 2 samples were too large since the last report$/);
});

Deno.test("the size of a sample counts bytes, not characters", () => {
  const { sink, writer } = bench();
  writer.write("µ".repeat(32_000_000));
  assert.equal(sink.problems.length, 1);
});

Deno.test("a step of the clock stands between the samples before and after it", async () => {
  using time = fakeTime();
  const got: string[] = [];
  const writer = new SampleWriter(HEAD, 0, {
    block: ({ first, ends }) => void got.push(`${first}+${ends.length}`),
    lost: () => {},
    clock: (stepMs) => void got.push(`${Math.round(stepMs / 1000)} s`),
  });
  writer.write(1);
  writer.write(2);
  time.setClock(Date.now() + 3_600_000);
  writer.write(3);
  await time.tick(10);
  time.setClock(Date.now() - 60_000);
  writer.write(4);
  await time.tick(10);
  assert.deepEqual(got, ["0+2", "3600 s", "2+1", "-60 s", "3+1"]);
});
