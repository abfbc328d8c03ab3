import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { type App, createApp } from "../../lib/http/app.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import { Lost } from "../../lib/mod.ts";
import type { EventFields } from "../support/event_fields.ts";
import { until } from "../support/until.ts";

/** A sample is so large that a few fill a reader's room, and a few more overtake it in the ring. */
const PAYLOAD = "x".repeat(8_000);
const RING = { maxBytes: 60_000, maxAgeMs: 600_000 };

/** A device that yields exactly when the test says so. */
class Tap {
  static push: (value: unknown) => void;
  startStreaming(callback: (value: unknown) => void): void {
    Tap.push = callback;
  }
  stopStreaming(): void {}
  isStreaming(): boolean {
    return true;
  }
}

/** One life of the daemon, with a streaming tap. */
class Life {
  readonly daemon = new LabDaemon();
  readonly app: App = createApp(this.daemon);
  produced = 0;

  async start(): Promise<this> {
    this.daemon.registerPlugins({ devices: { Tap } });
    const tap = await this.daemon.addDevice("tap", "Tap", {}, { ring: RING });
    await tap.connect();
    await tap.startStreaming();
    return this;
  }

  /** Returns when the log has them. */
  async produce(count: number, lost: boolean): Promise<void> {
    if (lost) Tap.push(new Lost(count));
    else for (let i = 0; i < count; i++) Tap.push(PAYLOAD);
    this.produced += count;
    await until(`${this.produced} samples are in the log`, () => {
      return this.daemon.getDevice("tap").log.sequence >= this.produced;
    });
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A reader that takes nothing on trust: each event must begin exactly where the last one ended. */
class Auditor {
  /** The number that must come next. */
  #next = 0;
  #epoch: string | undefined;
  #oldest = 0;
  #lastId: string | undefined;
  #body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async open({ app, daemon, produced }: Life): Promise<void> {
    if (this.#body) return;
    const headers = this.#lastId === undefined ? undefined : { "Last-Event-ID": this.#lastId };
    const response = await app.request(this.#path, { headers });
    assert.equal(response.status, 200);
    this.#body = response.body!.getReader();
    this.#oldest = daemon.getDevice("tap").log.oldest;
    if (this.#lastId !== undefined) return;
    this.#next = produced;
    this.#epoch = daemon.epoch;
  }

  async close(): Promise<void> {
    const body = this.#body;
    this.#body = undefined;
    this.#reading = undefined;
    await body?.cancel();
  }

  /** Takes `chunks` chunks, or as many as there are at the moment. */
  async read(life: Life, chunks = Infinity): Promise<void> {
    const decoder = new TextDecoder();
    const parser = createParser({ onEvent: ({ id, data }) => this.#audit(life, JSON.parse(data), id) });
    for (let i = 0; i < chunks && this.#body; i++) {
      this.#reading ??= this.#body.read();
      const read = await unlessQuiet(this.#reading);
      if (!read) return;
      this.#reading = undefined;
      assert.ok(!read.done, "the stream ended");
      // Chunks are whole frames.
      parser.feed(decoder.decode(read.value));
    }
  }

  /** Reads on until all that was produced is accounted for. */
  async settle(life: Life): Promise<void> {
    await this.open(life);
    for (let tries = 0; this.#next !== life.produced; tries++) {
      assert.ok(tries < 50, `the reader stands at ${this.#next} of ${life.produced}`);
      await this.read(life);
    }
  }

  #audit({ daemon }: Life, event: EventFields, id: string | undefined): void {
    if (id !== undefined) this.#lastId = id;
    switch (event.event) {
      case "device_data": {
        const first = event.sequence! - Number(event.skipped ?? 0);
        assert.equal(first, this.#next, "a sample comes where the last event ended");
        this.#next = event.sequence! + 1;
        break;
      }
      case "gap":
        if (event.reason === "restart") {
          assert.notEqual(this.#epoch, daemon.epoch, "a restart is reported once");
          assert.equal(event.to, null);
          this.#epoch = daemon.epoch;
          // It continues with the oldest sample that the ring held when it came.
          this.#next = this.#oldest;
          break;
        }
        assert.equal(event.from, this.#next, "a gap comes where the last event ended");
        assert.equal(Number(event.lost), Number(event.to) - Number(event.from) + 1);
        this.#next = Number(event.to) + 1;
    }
  }
}

/** The next bytes, or `undefined` when it has been quiet for long enough. */
async function unlessQuiet<T>(reading: Promise<T>): Promise<T | undefined> {
  const { promise: quiet, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), 2);
  return await Promise.race([reading, quiet]).finally(() => clearTimeout(timer));
}

type Step =
  | { do: "produce"; count: number; lost: boolean }
  | { do: "read"; who: number; chunks: number }
  | { do: "cut"; who: number }
  | { do: "restart" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("produce" as const),
      count: fc.integer({ min: 1, max: 25 }),
      lost: fc.nat(6).map((it) => it === 0),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("read" as const), who: fc.nat(2), chunks: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
);

Deno.test("every reader of /stream gets each sample or a gap with it, through stalls, cuts, overtaking and restarts", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
      let life = await new Life().start();
      const readers = ["", "?max_rate=100000", "?max_rate=100000&thin=minmax"]
        .map((query) => new Auditor(`/stream/devices/tap${query}`));
      try {
        for (const reader of readers) await reader.open(life);
        for (const it of steps) {
          if (it.do === "produce") await life.produce(it.count, it.lost);
          else if (it.do === "cut") await readers[it.who].close();
          else if (it.do === "read") {
            await readers[it.who].open(life);
            await readers[it.who].read(life, it.chunks);
          } else {
            for (const reader of readers) await reader.close();
            await life.daemon.shutdown();
            // Epochs are milliseconds: two lives never share one.
            await turn();
            life = await new Life().start();
          }
        }
        for (const reader of readers) await reader.settle(life);
      } finally {
        for (const reader of readers) await reader.close();
        await life.daemon.shutdown();
      }
    }),
    { numRuns: 60 },
  );
});
