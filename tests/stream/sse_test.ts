import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import { EventStream, type Reader } from "../../lib/stream/mod.ts";
import { fakeTime } from "../support/time.ts";
import { brief, makeLog, parse, samples, state } from "./wire.ts";

const text = new TextDecoder();

/** A reader of which the test says what it has. */
class Source implements Pick<Reader, "take" | "subscribe"> {
  readonly waiting: Uint8Array[] = [];
  taken = 0;
  subscribers = 0;
  #wake = () => {};

  take(): Uint8Array | undefined {
    if (this.waiting.length) this.taken++;
    return this.waiting.shift();
  }

  subscribe(wake: () => void): () => void {
    this.#wake = wake;
    this.subscribers++;
    return () => void this.subscribers--;
  }

  add(...chunks: Uint8Array[]): void {
    this.waiting.push(...chunks);
    this.#wake();
  }
}

/** A stream of a source, and who reads it. */
function bench(source: Pick<Reader, "take" | "subscribe"> = new Source()) {
  let closed = 0;
  const stream = new EventStream(source, { onClose: () => closed++ });
  const reader = stream.body.getReader();
  return {
    source: source as Source,
    stream,
    reader,
    read: async () => (await reader.read()).value,
    get closed() {
      return closed;
    },
  };
}

/** All that is there, up to the end of the stream. */
async function rest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for (let it = await reader.read(); !it.done; it = await reader.read()) chunks.push(it.value);
  return chunks;
}

const KEEP_ALIVE = ": keep-alive\n\n";
const bytes = (size: number, fill = 0) => new Uint8Array(size).fill(fill);

Deno.test("a stream begins with the time after which to come back", async () => {
  using _time = fakeTime();
  const { read, reader } = bench();
  assert.equal(text.decode(await read()), "retry: 2000\n\n");
  await reader.cancel();
});

Deno.test("a new block is written at once, as the same bytes object", async () => {
  using _time = fakeTime();
  const { source, read, reader } = bench();
  await read();
  const [first, second] = [bytes(10, 1), bytes(0x20_0000, 2)];
  const next = read();
  source.add(first);
  assert.equal(await next, first);
  source.add(second);
  assert.equal(await read(), second);
  await reader.cancel();
});

Deno.test("entries from before the first read come first", async () => {
  using _time = fakeTime();
  const source = new Source();
  source.waiting.push(bytes(1, 7));
  const { read, reader } = bench(source);
  await read();
  assert.deepEqual(await read(), bytes(1, 7));
  await reader.cancel();
});

Deno.test("a reader whose socket is full is left alone, and gets everything when it has room again", async () => {
  using _time = fakeTime();
  const { source, read, reader } = bench();
  await read();
  for (let i = 0; i < 10; i++) source.add(bytes(40_000, i));
  assert.equal(source.taken, 2, "64 KB are full with two of them");

  const got = [];
  for (let i = 0; i < 10; i++) got.push((await read())![0]);

  assert.deepEqual(got, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await reader.cancel();
});

Deno.test("a socket that keeps up, fills up and has room again, and does so once more, gets everything in order", async () => {
  using _time = fakeTime();
  const { source, read, reader } = bench();
  await read();
  let sent = 0;
  const got: number[] = [];
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 3; j++) {
      const next = read();
      source.add(bytes(10, sent++));
      got.push((await next)![0]);
    }
    for (let j = 0; j < 5; j++) source.add(bytes(40_000, sent++));
    while (got.length < sent) got.push((await read())![0]);
  }
  assert.deepEqual(got, Array.from({ length: 16 }, (_, i) => i));
  await reader.cancel();
});

Deno.test("a slow reader of a log misses nothing that the ring holds, and needs fewer, larger chunks", async () => {
  using time = fakeTime();
  const log = makeLog();
  log.notifyState(state("streaming"));
  const { read, reader } = bench(log.cursor());
  await read();
  for (let i = 0; i < 1_000; i++) {
    log.append(samples(10 * i, 10));
    await time.tick(1);
  }
  const chunks: Uint8Array[] = [];
  let last: number | string | undefined;
  while (last !== 9_999) {
    chunks.push((await read())!);
    last = brief(parse(chunks.at(-1)!)).at(-1);
  }
  assert.deepEqual(brief(parse(...chunks)), ["streaming", ...Array.from({ length: 10_000 }, (_, i) => i)]);
  assert.ok(chunks.length < 100, `${chunks.length} chunks`);
  await reader.cancel();
});

Deno.test("a reader that the ring overtakes while its socket is full gets a gap", async () => {
  using time = fakeTime();
  const log = makeLog({ maxBytes: 100_000 });
  const { read, reader } = bench(log.cursor());
  await read();
  for (let i = 0; i < 100; i++) {
    log.append(samples(100 * i, 100));
    await time.tick(1);
  }
  let expected = 0;
  let lost = 0;
  while (expected < 10_000) {
    for (const { data } of parse((await read())!)) {
      assert.equal(data.event === "gap" ? data.from : data.sequence, expected);
      lost += Number(data.lost ?? 0);
      expected = Number(data.to ?? data.sequence) + 1;
    }
  }
  assert.ok(lost > 5_000 && lost < 10_000, `${lost} lost`);
  await reader.cancel();
});

Deno.test("after 15 s of silence a comment is written, and after 15 more another", async () => {
  using time = fakeTime();
  const { source, read, reader } = bench();
  await read();
  let got: string | undefined;
  const next = () => void read().then((chunk) => got = text.decode(chunk));
  next();
  await time.tick(14_999);
  assert.equal(got, undefined);
  await time.tick(1);
  assert.equal(got, KEEP_ALIVE);

  got = undefined;
  next();
  await time.tick(10_000);
  source.add(bytes(1));
  await time.tick(0);
  got = undefined;
  next();
  await time.tick(14_999);
  assert.equal(got, undefined, "15 s count from the last bytes");
  await time.tick(1);
  assert.equal(got, KEEP_ALIVE);
  await reader.cancel();
});

Deno.test("a parser ignores the comments", async () => {
  using time = fakeTime();
  const { source, stream, reader } = bench();
  await time.tick(15_000);
  source.add(samples(0, 2).bytes);
  await time.tick(15_000);
  stream.close();
  const events: string[] = [];
  const comments: string[] = [];
  let retry = 0;
  const parser = createParser({
    onEvent: ({ id }) => events.push(id!),
    onComment: (comment) => comments.push(comment),
    onRetry: (ms) => retry = ms,
    onError: (error) => assert.fail(error),
  });
  for (const chunk of await rest(reader)) parser.feed(text.decode(chunk));
  assert.deepEqual(events, ["e1-0", "e1-1"]);
  assert.deepEqual(comments.map((comment) => comment.trim()), ["keep-alive", "keep-alive"]);
  assert.equal(retry, 2_000);
});

Deno.test("a socket that stays full for 60 s is closed, and what it was given can still be read", async () => {
  using time = fakeTime();
  const it = bench();
  const { source, read, reader } = it;
  await read();
  source.add(bytes(70_000, 1), bytes(1, 2));
  await time.tick(59_999);
  assert.equal(it.closed, 0);
  await time.tick(1);
  assert.equal(it.closed, 1);
  assert.equal(source.subscribers, 0);
  assert.deepEqual((await rest(reader)).map(({ length }) => length), [70_000]);
});

Deno.test("a slow socket that has room now and then is not closed", async () => {
  using time = fakeTime();
  const it = bench();
  const { source, read, reader } = it;
  await read();
  for (let i = 0; i < 5; i++) source.add(bytes(70_000, i));
  for (let i = 0; i < 5; i++) {
    await time.tick(50_000);
    assert.deepEqual(await read(), bytes(70_000, i));
  }
  assert.equal(it.closed, 0);
  await reader.cancel();
});

Deno.test("a socket that was full and has room again gets its comment after the same silence as any other", async () => {
  using time = fakeTime();
  const { source, read, reader } = bench();
  await read();
  source.add(bytes(70_000));
  await time.tick(20_000);
  await read();
  let got: string | undefined;
  read().then((chunk) => got = text.decode(chunk));
  await time.tick(15_000);
  assert.equal(got, KEEP_ALIVE);
  await reader.cancel();
});

Deno.test("onClose is called once when the reader leaves, and nothing stays behind", async () => {
  using time = fakeTime();
  const it = bench();
  const { source, stream, reader } = it;
  await it.read();
  await reader.cancel();
  assert.equal(it.closed, 1);
  assert.equal(source.subscribers, 0);
  assert.equal(time.timers, 0);

  stream.close();
  source.add(bytes(1));
  await reader.cancel();
  assert.equal(it.closed, 1);
  assert.equal(source.taken, 0);
});

Deno.test("close() ends the stream after the available entries, and onClose is called once", async () => {
  using time = fakeTime();
  const it = bench();
  const { source, stream, reader } = it;
  source.add(bytes(3));
  stream.close();
  stream.close();
  source.add(bytes(4));
  assert.equal(it.closed, 1);
  assert.equal(source.subscribers, 0);
  assert.equal(time.timers, 0);
  assert.deepEqual((await rest(reader)).map(({ length }) => length), [13, 3]);
  await reader.cancel();
  assert.equal(it.closed, 1);
});

Deno.test("a stream may be closed while its reader waits", async () => {
  using _time = fakeTime();
  const { stream, read } = bench();
  await read();
  const next = read();
  stream.close();
  assert.equal(await next, undefined);
});

Deno.test("a stream may be closed from within its own end", async () => {
  using _time = fakeTime();
  const stream = new EventStream(new Source(), { onClose: () => stream.close() });
  await stream.body.cancel();
});

Deno.test("a stream without onClose ends too", async () => {
  using time = fakeTime();
  const stream = new EventStream(new Source());
  stream.close();
  assert.equal((await rest(stream.body.getReader())).length, 1);
  assert.equal(time.timers, 0);
});

Deno.test("a reader that had nothing more is not asked again before it has something", async () => {
  const source = new Source();
  let asked = 0;
  const take = source.take.bind(source);
  source.take = () => (asked++, take());
  const { read, reader } = bench(source);
  await read();
  source.add(bytes(1));
  await read();
  const before = asked;
  const next = read();
  await othersTurn();
  assert.equal(asked, before);
  source.add(bytes(1));
  await next;
  // On a machine that is busy, the second time is in the next turn.
  await othersTurn();
  assert.equal(asked, before + 2);
  await reader.cancel();
});

/** A source that takes so many milliseconds to find each chunk, by a clock that nothing else moves on. */
function slowSource(ms: number) {
  const { now } = performance;
  let time = 0;
  performance.now = () => time;
  const source = new Source();
  const take = source.take.bind(source);
  source.take = () => (time += ms, take());
  return { source, [Symbol.dispose]: () => void (performance.now = now) };
}

const othersTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

Deno.test("a reader with a long past blocks no other work", async () => {
  using slow = slowSource(1);
  const { source } = slow;
  source.add(...Array.from({ length: 100 }, (_, i) => bytes(1, i)));
  const { read, reader } = bench(source);
  await read();
  const others: number[] = [];
  while (source.taken < 100) {
    await othersTurn();
    others.push(source.taken);
    assert.ok(others.length < 100_000, `${source.taken} were taken`);
  }
  assert.ok(others.length > 30, `${others}`);
  for (let i = 0; i < 100; i++) assert.deepEqual(await read(), bytes(1, i));
  await reader.cancel();
});

Deno.test("a reader that leaves during its past leaves nothing behind", async () => {
  using slow = slowSource(10);
  const { source } = slow;
  source.add(bytes(1), bytes(1), bytes(1));
  const { read, reader } = bench(source);
  await read();
  const { taken } = source;
  await reader.cancel();
  await othersTurn();
  assert.equal(source.taken, taken);
});
