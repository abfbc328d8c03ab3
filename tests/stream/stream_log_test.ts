import { WakePace } from "../../lib/stream/wake_scheduler.ts";
import assert from "node:assert/strict";
import { fakeTime } from "../support/time.ts";
import { brief, drain, makeLog, parse, samples, state } from "./wire.ts";

Deno.test("a log counts on from the numbers of its blocks", () => {
  const log = makeLog();
  assert.equal(log.sequence, 0);
  log.append(samples(0, 3));
  log.append(samples(3, 1));
  assert.equal(log.sequence, 4);
  log.lose(10);
  assert.equal(log.sequence, 10);
  log.notify(state("connected"));
  assert.equal(log.sequence, 10);
});

Deno.test("a log can begin anywhere", () => {
  const log = makeLog({ sequence: 100 });
  const cursor = log.cursor();
  log.append(samples(100, 2));
  assert.deepEqual(brief(drain(cursor)), [100, 101]);
});

Deno.test("numbers that are missing before a block become a gap of the source", () => {
  const log = makeLog();
  const cursor = log.cursor();
  log.append(samples(2, 1));
  assert.deepEqual(brief(drain(cursor)), ["source 0-1", 2]);
});

Deno.test("lose() twice for the same loss appends one gap", () => {
  const log = makeLog();
  const cursor = log.cursor();
  log.lose(5);
  log.lose(5);
  log.lose(3);
  assert.deepEqual(brief(drain(cursor)), ["source 0-4"]);
});

Deno.test("a log holds no more than its bytes, and the newest of all", () => {
  const log = makeLog({ maxBytes: 10_000 });
  for (let i = 0; i < 1_000; i++) log.append(samples(i, 1));
  const { bytes } = log.status();
  assert.ok(bytes > 9_000 && bytes <= 10_000, `${bytes} bytes`);
  assert.ok(log.oldest > 900 && log.oldest < 999, `oldest is ${log.oldest}`);
  assert.equal(log.sequence, 1_000);
});

Deno.test("a log keeps the newest block even if that alone is larger than allowed", () => {
  const log = makeLog({ maxBytes: 100 });
  log.append(samples(0, 50));
  log.append(samples(50, 50));
  assert.equal(log.oldest, 50);
  assert.deepEqual(brief(drain(log.cursor("e1-97"))), [98, 99]);
});

Deno.test("dropped entries hold no memory", () => {
  const log = makeLog({ maxBytes: 1_000 });
  for (let i = 0; i < 100; i++) log.append(samples(i, 1));
  for (let number = 0; number < log.ring.firstEntry; number++) {
    assert.equal(log.ring.entry(number)?.bytes.length ?? 0, 0);
  }
});

Deno.test("a log holds nothing that is older than allowed, also when nothing new comes", async () => {
  using time = fakeTime();
  const log = makeLog({ maxAgeMs: 60_000 });
  log.append(samples(0, 5));
  await time.tick(30_000);
  log.append(samples(5, 5));
  await time.tick(30_001);
  assert.equal(log.status().oldest, 5);
  assert.deepEqual(brief(drain(log.cursor("e1--1"))), ["expired 0-4", 5, 6, 7, 8, 9]);
  await time.tick(30_000);
  assert.deepEqual(brief(drain(log.cursor("e1-4"))), ["expired 5-9"]);
  log.append(samples(10, 1));
  assert.deepEqual(brief(drain(log.cursor("e1-9"))), [10]);
});

Deno.test("status() has the size of the log and its limits", () => {
  const log = makeLog({ maxBytes: 5_000, maxAgeMs: 1_500 });
  const block = samples(0, 3);
  log.append(block);
  const { bytes, ...rest } = log.status();
  assert.deepEqual(rest, { epoch: "e1", sequence: 3, oldest: 0, max_bytes: 5_000, max_age: 1.5 });
  assert.ok(bytes > block.bytes.length);
});

Deno.test("events that are no samples are bounded, too", () => {
  const log = makeLog({ maxBytes: 10_000 });
  for (let i = 0; i < 1_000; i++) log.notify(new Uint8Array());
  assert.ok(log.ring.nextEntry - log.ring.firstEntry <= 100);
});

Deno.test("readers at the same place share one chunk", () => {
  const log = makeLog();
  const [a, b] = [log.cursor(), log.cursor()];
  for (let i = 0; i < 5; i++) log.append(samples(2 * i, 2));
  const [first, second] = [a.take(), b.take()];
  assert.ok(first && first === second);
  assert.deepEqual(brief(parse(first)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("a single new block is given as it is, not copied", () => {
  const log = makeLog();
  const cursor = log.cursor();
  const block = samples(0, 3);
  log.append(block);
  assert.equal(cursor.take(), block.bytes);
});

Deno.test("a reader that is far behind gets everything, in chunks of bounded size", () => {
  const log = makeLog();
  const cursor = log.cursor();
  for (let i = 0; i < 200; i++) log.append(samples(i * 100, 100));
  const chunks = Array.from({ length: 40 }, () => cursor.take()).filter((chunk) => chunk !== undefined);
  assert.ok(chunks.length > 1);
  for (const { length } of chunks) assert.ok(length <= 128 * 1024);
  assert.deepEqual(brief(parse(...chunks)), Array.from({ length: 20_000 }, (_, i) => i));
});

Deno.test("readers are woken for what is new, until they leave", () => {
  using _time = fakeTime();
  const log = makeLog();
  let woken = 0;
  const leave = log.subscribe(() => woken++);
  log.append(samples(0, 1));
  assert.equal(woken, 1);
  leave();
  leave();
  log.append(samples(1, 1));
  assert.equal(woken, 1);
});

Deno.test("readers are woken for each block while the process has time, less often while it has none, and miss nothing", async () => {
  using time = fakeTime();
  let load = 0;
  let cpu = 0;
  let last = performance.now();
  const cpuMs = () => {
    cpu += load * (performance.now() - last);
    last = performance.now();
    return cpu;
  };
  const log = makeLog({ pace: new WakePace(cpuMs) });
  const readers = Array.from({ length: 900 }, () => ({ cursor: log.cursor(), wakes: 0, got: 0 }));
  const leaves = readers.map((reader) =>
    log.subscribe(() => {
      reader.wakes++;
      while (reader.cursor.take()) reader.got = reader.cursor.sequence;
    })
  );

  let next = 0;
  /** The fewest and the most wakes of a reader while the device gives 200 blocks in two seconds. */
  const wakes = async (present: number) => {
    load = present;
    for (const reader of readers) reader.wakes = 0;
    for (let i = 0; i < 200; i++) {
      log.append(samples(next++, 1));
      await time.tick(10);
    }
    await time.tick(60);
    for (const { got } of readers) assert.equal(got, next);
    const counts = readers.map(({ wakes }) => wakes);
    return { fewest: Math.min(...counts), most: Math.max(...counts) };
  };
  assert.deepEqual(await wakes(0.3), { fewest: 200, most: 200 });
  // At full load they are woken after 50 ms, in the end, and in turn.
  const busy = await wakes(1);
  assert.ok(busy.fewest > 30 && busy.most < 90 && busy.most - busy.fewest <= 1, `${busy.fewest} to ${busy.most} wakes`);
  const idle = await wakes(0.1);
  assert.ok(idle.fewest > 170 && idle.most - idle.fewest <= 1, `${idle.fewest} to ${idle.most} wakes`);
  leaves.forEach((leave) => leave());
});

/** The wakes of each of so many readers in a second, and the longest wait of a block for its wake, in milliseconds. */
async function wakesOf(readers: number, blockEveryMs: number) {
  using time = fakeTime();
  const log = makeLog({ pace: new WakePace(() => 0) });
  let wakes = 0;
  let longest = 0;
  let waiting: number[] = [];
  const leaves = Array.from({ length: readers }, (_, i) =>
    log.subscribe(() => {
      if (i > 0) return;
      wakes++;
      for (const since of waiting) longest = Math.max(longest, performance.now() - since);
      waiting = [];
    }));
  const blocks = Math.round(1000 / blockEveryMs);
  for (let i = 0; i < blocks; i++) {
    waiting.push(performance.now());
    log.append(samples(i, 1));
    await time.tick(blockEveryMs);
  }
  leaves.forEach((leave) => leave());
  return { wakes, longest, blocks };
}

Deno.test("the writes to a hundred readers of a fast device cost a third less: two of three blocks are sent at once, the third waits for the next", async () => {
  const { wakes, longest } = await wakesOf(100, 2.25);
  assert.ok(wakes > 280 && wakes < 320, `${wakes} wakes`);
  assert.ok(longest < 3.5, `${longest} ms`);
  const { wakes: ofOften, longest: wait } = await wakesOf(100, 0.5);
  assert.ok(ofOften > 280 && ofOften < 320, `${ofOften} wakes`);
  assert.ok(wait < 5, `${wait} ms`);
});

Deno.test("few readers get each block at once, and so do a hundred of a slower device", async () => {
  for (const [readers, every] of [[1, 1], [16, 1], [100, 5], [500, 10]]) {
    const { wakes, longest, blocks } = await wakesOf(readers, every);
    assert.equal(wakes, blocks, `${readers} readers`);
    assert.ok(longest <= 1, `${longest} ms`);
  }
});

Deno.test("a thousand readers of a fast device are woken in turn: a part of them for each block, who has waited longest first", async () => {
  using time = fakeTime();
  const log = makeLog({ pace: new WakePace(() => 0) });
  const order: number[] = [];
  const leaves = Array.from({ length: 1_000 }, (_, i) => log.subscribe(() => order.push(i)));
  /** The readers that are woken for each of so many blocks, a millisecond apart. */
  const wokenFor = async (blocks: number, next: number) => {
    const counts: number[] = [];
    for (let i = 0; i < blocks; i++) {
      const before = order.length;
      log.append(samples(next + i, 1));
      await time.tick(1);
      counts.push(order.length - before);
    }
    return counts;
  };
  // The first blocks reach all of them, as long as they are not ahead of their pace.
  assert.equal((await wokenFor(30, 0))[0], 1_000);
  const counts = await wokenFor(100, 30);
  assert.ok(Math.max(...counts) < 300, `${counts}`);
  const total = counts.reduce((sum, count) => sum + count, 0);
  assert.ok(total > 8_500 && total < 9_500, `${total} wakes`);
  const before = order.length;
  // The others do not need another block.
  await time.tick(15);
  assert.ok(order.length >= before + 700 && order.length <= before + 1_000, `${order.length - before} wakes`);
  order.forEach((reader, i) => assert.equal(reader, i % 1_000));
  leaves.forEach((leave) => leave());
});

Deno.test("a reader that comes or leaves while others are woken in turn takes no other reader's turn", async () => {
  using time = fakeTime();
  const log = makeLog({ pace: new WakePace(() => 0) });
  const woken = new Map<number, number>();
  const leaves: (() => void)[] = [];
  const subscribe = (i: number) => leaves[i] = log.subscribe(() => woken.set(i, log.sequence));
  for (let i = 0; i < 1_000; i++) subscribe(i);
  for (let i = 0; i < 200; i++) {
    log.append(samples(i, 1));
    await time.tick(1);
    leaves[i * 3]();
    woken.delete(i * 3);
    subscribe(1_000 + i);
  }
  await time.tick(15);
  assert.equal(woken.size, 1_000);
  for (const [reader, sequence] of woken) assert.equal(sequence, 200, `reader ${reader}`);
  leaves.forEach((leave) => leave());
  assert.equal(time.timers, 0);
});

Deno.test("few readers get each block of a burst at once", () => {
  using _time = fakeTime();
  for (const readers of [1, 8]) {
    const log = makeLog({ pace: new WakePace(() => 0) });
    let woken = 0;
    const leaves = Array.from({ length: readers }, () => log.subscribe(() => woken++));
    for (let i = 0; i < 100; i++) log.append(samples(i, 1));
    assert.equal(woken, 100 * readers);
    leaves.forEach((leave) => leave());
  }
});

Deno.test("no reader is woken again before all the others have been", async () => {
  const log = makeLog({ pace: new WakePace(() => 0) });
  const wakes = new Array(200).fill(0);
  const leaves = wakes.map((_, i) =>
    log.subscribe(() => {
      wakes[i]++;
      for (const end = performance.now() + 0.05; performance.now() < end;);
    })
  );
  let next = 0;
  let widest = 0;
  while (wakes.at(-1) < 5) {
    log.append(samples(next++, 1));
    await new Promise((resolve) => setImmediate(resolve));
    widest = Math.max(widest, Math.max(...wakes) - Math.min(...wakes));
  }
  assert.equal(widest, 1);
  const before = wakes.at(-1);
  // What came meanwhile reaches all of them.
  while (wakes.at(-1) === before) await new Promise((resolve) => setTimeout(resolve, 1));
  leaves.forEach((leave) => leave());
});

Deno.test("when the last reader leaves, no wake-up stays scheduled", async () => {
  using time = fakeTime();
  const log = makeLog();
  let woken = 0;
  const subscribe = () => Array.from({ length: 500 }, () => log.subscribe(() => woken++));
  for (const appends of [[0], [1, 2]]) {
    const leaves = subscribe();
    for (const number of appends) log.append(samples(number, 1));
    leaves.forEach((leave) => leave());
    await time.tick(100);
  }
  assert.deepEqual([woken, time.timers], [0, 0]);

  const leaves = subscribe();
  log.append(samples(3, 1));
  await time.tick(0);
  assert.equal(woken, 500);
  log.append(samples(4, 1));
  await time.tick(0);
  // Some are ahead of their pace.
  const before = woken;
  assert.deepEqual([before > 500 && before < 1_000, time.timers], [true, 1]);
  leaves.forEach((leave) => leave());
  await time.tick(100);
  assert.deepEqual([woken, time.timers], [before, 0]);
});

Deno.test("a reader that leaves cancels no other reader's wake-up", async () => {
  using time = fakeTime();
  const log = makeLog();
  const leaves = Array.from({ length: 499 }, () => log.subscribe(() => {}));
  let woken = 0;
  const leaveLast = log.subscribe(() => woken++);
  log.append(samples(0, 1));
  log.append(samples(1, 1));
  leaves.forEach((leave) => leave());
  await time.tick(10);
  assert.equal(woken, 1);
  leaveLast();
});
