import assert from "node:assert/strict";
import fc from "fast-check";
import { LabError } from "../../lib/errors.ts";
import { type Cursor, eventFrame, parseEventId, type StreamLog } from "../../lib/stream/mod.ts";
import { fakeTime } from "../support/time.ts";
import { brief, drain, makeLog, parse, samples, state, type WireEvent } from "./wire.ts";

/** A log with the samples 0 to 9 in blocks of 1, 3, 1, 4 and 1, and the state "streaming". */
function tenSamples(): StreamLog {
  const log = makeLog();
  log.notifyState(state("streaming"));
  for (const [first, count] of [[0, 1], [1, 3], [4, 1], [5, 4], [9, 1]]) log.append(samples(first, count));
  return log;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

Deno.test("a new reader gets the state first, and then only what is new", () => {
  const log = tenSamples();
  const cursor = log.cursor();
  log.append(samples(10, 2));
  assert.deepEqual(brief(drain(cursor)), ["streaming", 10, 11]);
  assert.equal(cursor.take(), undefined);
});

Deno.test("a new reader may begin some time ago, as far as the ring goes back", async () => {
  using time = fakeTime();
  const log = makeLog({ maxAgeMs: 60_000 });
  log.notifyState(state("streaming"));
  for (let i = 0; i < 100; i++) {
    log.append(samples(i, 1));
    await time.tick(1_000);
  }
  const beginning = (past: number) => brief(drain(log.cursor(undefined, past))).slice(0, 2);
  assert.deepEqual(beginning(5_000), ["streaming", 95]);
  assert.deepEqual(beginning(4_500), ["streaming", 96]);
  assert.deepEqual(beginning(600_000), ["streaming", 40]);
  assert.deepEqual(beginning(500), ["streaming"]);
  assert.equal(drain(log.cursor(undefined, 5_000))[0].id, "e1-94");
  assert.equal(drain(log.cursor(undefined, 500))[0].id, "e1-99");
});

Deno.test("a new reader of a device without a state waits for what is new", () => {
  const log = makeLog();
  const cursor = log.cursor();
  assert.equal(cursor.take(), undefined);
  assert.equal(cursor.next(), undefined);
  log.append(samples(0, 1));
  assert.deepEqual(brief(drain(cursor)), [0]);
});

Deno.test("the first state's id is the reader's place, also before any sample", () => {
  const empty = makeLog();
  empty.notifyState(state("connecting"));
  assert.equal(drain(empty.cursor())[0].id, "e1--1");
  assert.equal(drain(tenSamples().cursor())[0].id, "e1-9");
  assert.equal(drain(tenSamples().cursor("e1-4"))[0].id, "e1-4");
});

Deno.test("who left before the first sample comes back to all of them", () => {
  const log = makeLog();
  log.notifyState(state("connecting"));
  const [{ id }] = drain(log.cursor());
  log.append(samples(0, 3));
  assert.deepEqual(brief(drain(log.cursor(id))), ["connecting", 0, 1, 2]);
});

for (const last of range(-1, 9)) {
  Deno.test(`a reader that had all up to ${last} continues behind it`, () => {
    assert.deepEqual(brief(drain(tenSamples().cursor(`e1-${last}`))), ["streaming", ...range(last + 1, 9)]);
    const entries = brief(drainEntries(tenSamples().cursor(`e1-${last}`)));
    assert.deepEqual(entries, ["streaming", ...range(last + 1, 9)]);
  });
}

/** The same by `next()`, entry by entry. */
function drainEntries(cursor: Cursor): WireEvent[] {
  const events: WireEvent[] = [];
  for (let entry = cursor.next(); entry; entry = cursor.next()) {
    const parsed = parse(entry.bytes);
    if (entry.ends) {
      assert.deepEqual(parsed.map(({ data }) => data.sequence), range(entry.first, entry.next - 1));
      assert.equal(entry.ends.length, entry.next - entry.first);
      assert.equal(entry.ends.at(-1), entry.bytes.length);
    }
    events.push(...parsed);
  }
  return events;
}

Deno.test("a resume behind a sample that does not exist yet is refused, and the error names the newest", () => {
  assert.throws(() => tenSamples().cursor("e1-10"), {
    code: "InvalidRequest",
    message: 'Cannot resume behind "e1-10": the newest sample of "daq1" is e1-9',
  });
  assert.throws(() => makeLog().cursor("e1-0"), {
    message: 'Cannot resume behind "e1-0": "daq1" has given no sample yet',
  });
});

Deno.test("a resume behind what the ring holds gets a gap, and continues with the oldest sample", () => {
  const log = makeLog({ maxBytes: 1_000 });
  log.notifyState(state("streaming"));
  for (let i = 0; i < 100; i++) log.append(samples(i, 1));
  const { oldest } = log;
  assert.ok(oldest > 90);
  const events = drain(log.cursor("e1-41"));
  assert.deepEqual(brief(events), ["streaming", `expired 42-${oldest - 1}`, ...range(oldest, 99)]);
  assert.deepEqual([events[0].id, events[1].id], [undefined, `e1-${oldest - 1}`]);
  assert.equal(events[1].data.lost, oldest - 42);
});

Deno.test("a resume exactly at the oldest misses nothing", () => {
  const log = makeLog({ maxBytes: 1_000 });
  for (let i = 0; i < 100; i++) log.append(samples(i, 1));
  assert.deepEqual(brief(drain(log.cursor(`e1-${log.oldest - 1}`))), range(log.oldest, 99));
});

Deno.test("a resume from another epoch gets a gap of reason restart, and continues with the oldest sample", () => {
  const events = drain(tenSamples().cursor("e0-41"));
  assert.deepEqual(brief(events), ["streaming", "restart 42-null", "streaming", ...range(0, 9)]);
  assert.equal(events[1].data.lost, null);
});

Deno.test("a resume within a gap of the source gets the rest of the gap", () => {
  const log = makeLog();
  log.append(samples(0, 2));
  log.lose(8);
  log.append(samples(8, 1));
  const got = (since: string) => brief(drain(log.cursor(since)));
  assert.deepEqual(got("e1-1"), ["source 2-7", 8]);
  assert.deepEqual(got("e1-4"), ["source 5-7", 8]);
  assert.deepEqual(got("e1-6"), ["source 7-7", 8]);
  assert.deepEqual(got("e1-7"), [8]);
});

Deno.test("a resume by the id of a gap does not repeat the gap", () => {
  const log = makeLog();
  log.append(samples(0, 1));
  log.lose(5);
  log.append(samples(5, 1));
  const [gap] = drain(log.cursor("e1-0"));
  assert.deepEqual(brief(drain(log.cursor(gap.id))), [5]);
});

Deno.test("a reader that the ring overtakes gets the exact gap, and then the state", () => {
  const log = makeLog({ maxBytes: 2_000 });
  log.notifyState(state("connected"));
  const cursor = log.cursor();
  log.append(samples(0, 2));
  assert.deepEqual(brief(drain(cursor)), ["connected", 0, 1]);
  log.notifyState(state("streaming"));
  for (let i = 2; i < 50; i++) log.append(samples(i, 1));

  const { oldest } = log;
  const events = drain(cursor);
  assert.deepEqual(brief(events), [`slow-reader 2-${oldest - 1}`, "streaming", ...range(oldest, 49)]);
  assert.equal(events[0].data.lost, oldest - 2);
  assert.equal(events[0].id, `e1-${oldest - 1}`);
});

Deno.test("a reader that missed only notices gets the state, and no gap", () => {
  const log = makeLog({ maxBytes: 500 });
  const cursor = log.cursor();
  for (let i = 0; i < 20; i++) log.notifyState(state(`state ${i}`));
  const got = brief(drain(cursor));
  assert.equal(got[0], "state 19");
  assert.equal(got.at(-1), "state 19");
  assert.ok(!got.some((event) => String(event).startsWith("slow-reader")));
});

Deno.test("a cursor knows the number that comes next", () => {
  const log = tenSamples();
  const cursor = log.cursor("e1-2");
  assert.equal(cursor.sequence, 3);
  drain(cursor);
  assert.equal(cursor.sequence, 10);
  assert.equal(log.cursor().sequence, 10);
});

Deno.test("a cursor with an unread gap stands before the gap", () => {
  const log = makeLog({ maxBytes: 1_000 });
  for (let i = 0; i < 100; i++) log.append(samples(i, 1));
  assert.equal(log.cursor("e1-41").sequence, 42);
});

for (const id of ["", "e1", "e1-", "-5", "e1-x", "e1-1.5", "e1--2", "e1-5-5", "e1-1234567890123456"]) {
  Deno.test(`the id ${JSON.stringify(id)} is refused`, () => {
    assert.throws(() => tenSamples().cursor(id), (error: unknown) => {
      assert.ok(error instanceof LabError);
      assert.equal(error.code, "InvalidRequest");
      assert.equal(
        error.message,
        `Cannot resume behind ${JSON.stringify(id)}: an event id has the form <epoch>-<sequence>, such as k3f9-42`,
      );
      return true;
    });
  });
}

Deno.test("an id reads back as it was written", () => {
  assert.deepEqual(parseEventId("k3f9-42"), { epoch: "k3f9", sequence: 42 });
  assert.deepEqual(parseEventId("k3f9--1"), { epoch: "k3f9", sequence: -1 });
});

/** One reader and its events: each sequence number once, in order, as a sample or in a gap. */
class Accountant {
  #cursor: Cursor;
  #lastId: string | undefined;
  #state: unknown;
  expected: number;

  constructor(readonly log: StreamLog) {
    this.#cursor = log.cursor();
    this.expected = log.sequence;
  }

  take() {
    const bytes = this.#cursor.take();
    if (bytes) this.#account(parse(bytes));
    return bytes;
  }

  next() {
    const entry = this.#cursor.next();
    if (entry) this.#account(parse(entry.bytes));
  }

  /** The connection breaks; the reader comes back with the last id that it has seen, as browsers do. */
  resume() {
    this.#cursor = this.log.cursor(this.#lastId ?? `e1-${this.expected - 1}`);
  }

  drain() {
    while (this.take());
  }

  get state() {
    return this.#state;
  }

  #account(events: WireEvent[]) {
    for (const { id, data } of events) {
      if (id !== undefined) this.#lastId = id;
      if (data.event === "device_state") this.#state = data.state;
      if (data.event === "device_data") {
        assert.equal(data.sequence, this.expected);
        this.expected++;
      }
      if (data.event === "gap") {
        assert.equal(data.from, this.expected);
        assert.equal(data.lost, Number(data.to) - Number(data.from) + 1);
        assert.ok(Number(data.lost) > 0);
        this.expected = Number(data.to) + 1;
      }
    }
  }
}

/** @param many The samples of a burst, which come one by one. */
function checkAccounts(maxBytes: fc.Arbitrary<number>, many: fc.Arbitrary<number>, numRuns: number) {
  const reader = fc.nat(2);
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("burst" as const), count: many }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("skip" as const), count: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("lose" as const), count: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("state" as const), count: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("notice" as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom("take" as const, "next" as const, "drain" as const), reader }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("resume" as const), reader }) },
  );
  fc.assert(
    fc.property(maxBytes, fc.array(step, { maxLength: 80 }), fc.nat(50), (maxBytes, steps, sequence) => {
      const log = makeLog({ maxBytes, sequence });
      const readers = [new Accountant(log), new Accountant(log), new Accountant(log)];
      let current: unknown;
      for (const step of steps) {
        if (step.do === "append") log.append(samples(log.sequence, step.count));
        for (let i = 0; step.do === "burst" && i < step.count; i++) log.append(samples(log.sequence, 1));
        if (step.do === "skip") log.append(samples(log.sequence + step.count, 1));
        if (step.do === "lose") log.lose(log.sequence + step.count);
        if (step.do === "notice") log.notify(eventFrame("stream_error", {}));
        if (step.do === "state") log.notifyState(state(current = `state ${step.count}`));
        if ("reader" in step) readers[step.reader][step.do]();
      }
      for (const reader of readers) {
        reader.drain();
        assert.equal(reader.expected, log.sequence);
        assert.equal(reader.state, current);
      }
    }),
    { numRuns },
  );
}

Deno.test("received + gaps = produced, in order, for any rhythm of writing, losing, reading and coming back", () => {
  checkAccounts(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 6 }), 500);
});

Deno.test("received + gaps = produced, in order, also of samples that are packed", () => {
  checkAccounts(fc.integer({ min: 50_000, max: 150_000 }), fc.integer({ min: 100, max: 400 }), 150);
});

Deno.test("a reader that resumes before a sample gets what belongs to that sample, and one behind it does not", () => {
  const log = tenSamples();
  log.preface(eventFrame("clock", { step: 60 }));
  log.notifyState(state("connected"));
  assert.deepEqual(brief(drain(log.cursor("e1-9"))), ["connected", "clock", "connected"]);
  log.append(samples(10, 2));
  assert.deepEqual(brief(drain(log.cursor("e1-9"))), ["connected", "clock", "connected", 10, 11]);
  assert.deepEqual(brief(drain(log.cursor("e1-8"))), ["connected", 9, "clock", "connected", 10, 11]);
  assert.deepEqual(brief(drain(log.cursor("e1-10"))), ["connected", 11]);
});
