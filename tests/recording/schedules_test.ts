/** Whatever happens to the recorder, the disk, the clock and the daemon: what is stored and what gaps count is what was produced. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { DeviceFeed } from "../../lib/recording/feed/device_feed.ts";
import { Feeder } from "../../lib/recording/feed/feeder.ts";
import { journalOf } from "../../lib/recording/feed/journal.ts";
import { storedEvents } from "../../lib/recording/store/stored_events.ts";
import { clockFrame, eventFrame, makeBlock, sampleFramer } from "../../lib/stream/mod.ts";
import { StreamLog } from "../../lib/stream/stream_log.ts";
import { InlineRecorders } from "../support/inline_recorder.ts";
import { type FakeTime, fakeTime } from "../support/time.ts";

type Step =
  | { do: "produce"; count: number; lost: number }
  | { do: "event" | "note" | "clock" | "kill" | "pause" | "resume" | "commit" | "readd" | "restart" | "reload" }
  | { do: "wait"; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("produce" as const),
      // Of the most, a ring in memory gets a copy at once.
      count: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 12 }) }, fc.constant(200)),
      lost: fc.constantFrom(0, 0, 0, 3),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 25, 300, 2_000) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "event" as const,
        "note" as const,
        "clock" as const,
        "kill" as const,
        "pause" as const,
        "resume" as const,
        "commit" as const,
        "readd" as const,
        "restart" as const,
        "reload" as const,
      ),
    }),
  },
);

/** A ring that a few blocks overrun. */
const RING = { maxBytes: 6_000, maxAgeMs: 600_000 };

/** One device of a daemon that is recorded, and that is removed, added and started again. */
class Bench {
  readonly recorders = new InlineRecorders();
  readonly produced = new Map<string, number>();
  /** The number of notes for recorders of each run of the daemon. */
  readonly noted = new Map<string, number>();
  /** The driver that the device has. */
  version = 1;
  #folder: string;
  #feeder!: Feeder;
  #feed!: DeviceFeed;
  #log!: StreamLog;
  #epoch = 0;
  #time: FakeTime;

  /** @param isDirect True for a recorder that reads a ring in memory. */
  constructor(folder: string, time: FakeTime, isDirect: boolean) {
    this.#folder = folder;
    this.recorders.isDirect = isDirect;
    this.#time = time;
    this.recorders.commits = false;
    this.recorders.blocks = { samples: 20, rows: 3, joined: 2 };
    this.#startDaemon("now");
  }

  async run(it: Step): Promise<void> {
    if (it.do === "produce") this.#produce(it);
    else if (it.do === "event") this.#log.notify(eventFrame("property", { name: "level", value: 1 }));
    else if (it.do === "note") this.#note();
    else if (it.do === "reload") this.#reload();
    else if (it.do === "clock") this.#log.preface(clockFrame("daq1", -5_000));
    else if (it.do === "kill") this.recorders.kill();
    else if (it.do === "pause") this.recorders.pause("the disk is full");
    else if (it.do === "resume") this.recorders.resume();
    else if (it.do === "commit") this.recorders.commit();
    else if (it.do === "wait") await this.#time.tick(it.ms);
    else if (it.do === "readd") {
      this.#feed.end();
      this.#feeder.wake();
      this.#addDevice("oldest");
    } else {
      // The daemon is killed: nothing is drained.
      this.recorders.kill();
      await this.#close();
      this.#startDaemon("oldest");
    }
  }

  /** Lets the recorder store all that it still can. */
  async finish(): Promise<void> {
    this.recorders.commits = true;
    this.recorders.resume();
    this.#feed.end();
    this.#feeder.wake();
    let isClosed = false;
    this.#feed.closed.then(() => isClosed = true);
    for (let turn = 0; turn < 200 && !isClosed; turn++) {
      this.recorders.resume();
      await this.#time.tick(500);
    }
    ok(isClosed, "the feed has not closed");
    await this.#close();
  }

  async #close(): Promise<void> {
    const closing = this.#feeder.close();
    await this.#time.tick(1);
    await closing;
  }

  #startDaemon(start: "now" | "oldest"): void {
    this.#epoch++;
    this.produced.set(`e${this.#epoch}`, 0);
    this.noted.set(`e${this.#epoch}`, 0);
    this.#feeder = new Feeder(this.recorders.start, {
      opened() {},
      stored: (feed, { entry }) => void feed.stored(entry),
      report() {},
    });
    this.#addDevice(start);
  }

  #addDevice(start: "now" | "oldest"): void {
    const epoch = `e${this.#epoch}`;
    this.#log = new StreamLog({ deviceId: "daq1", epoch, sequence: this.produced.get(epoch), ring: RING });
    this.#feed = new DeviceFeed({
      log: this.#log,
      folder: this.#folder,
      start,
      describe: () => ({ version: this.version }),
    });
    this.#feeder.add(this.#feed);
  }

  /** Another driver takes over, which has another description. */
  #reload(): void {
    this.version++;
    this.#feed.describe();
    this.#feeder.wake();
  }

  #note(): void {
    const { epoch } = this.#log;
    const n = this.noted.get(epoch)!;
    journalOf(this.#log).add(eventFrame("call", { n, at: this.produced.get(epoch) }));
    this.noted.set(epoch, n + 1);
    this.#feeder.wake();
  }

  #produce({ count, lost }: Extract<Step, { do: "produce" }>): void {
    const { epoch } = this.#log;
    const first = this.#log.sequence + lost;
    const frame = sampleFramer({ deviceId: "daq1", epoch, arrays: "json" });
    this.#log.append(makeBlock(first, Array.from({ length: count }, (_, i) => frame(first + i, first + i))));
    this.produced.set(epoch, first + count);
  }
}

/** Checks that the events of an epoch have each number once, in order: as a sample, or in a gap. Returns the number behind them. */
function numbersCovered(events: readonly { event: string; data: string }[]): number {
  let next = 0;
  for (const { event, data } of events) {
    const { sequence, payload, from, to } = JSON.parse(data);
    if (event === "device_data") {
      equal([sequence, payload], [next, next]);
      next++;
    } else if (event === "gap" && to !== null) {
      equal(from, next);
      next = to + 1;
    }
  }
  return next;
}

/** Checks that the notes of an epoch are there once, in order, each behind the samples that came before it. Returns their number. */
function notesIn(events: readonly { event: string; data: string }[]): number {
  let next = 0;
  let covered = 0;
  for (const { event, data } of events) {
    const { n, at, sequence, to } = JSON.parse(data);
    if (event === "device_data") covered = sequence + 1;
    else if (event === "gap" && to !== null) covered = to + 1;
    else if (event === "call") {
      equal([n, at], [next, covered]);
      next++;
    }
  }
  return next;
}

Deno.test("recorded + lost = produced, and each note once in its place, over any schedule of kills, full disks, clock steps, reloads, removals and restarts; the last description is that of the present driver", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), fc.boolean(), async (steps, isDirect) => {
      const folder = await Deno.makeTempDir({ prefix: "recordings" });
      using time = fakeTime();
      const bench = new Bench(folder, time, isDirect);
      for (const it of steps) await bench.run(it);
      await bench.finish();
      const epochs = Map.groupBy(storedEvents(folder), ({ epoch }) => epoch);
      const last = [...bench.produced.keys()].at(-1)!;
      for (const [epoch, produced] of bench.produced) {
        const covered = numbersCovered(epochs.get(epoch) ?? []);
        // What a daemon has not sent when it is killed is behind a gap of unknown size.
        ok(epoch === last ? covered === produced : covered <= produced, `${epoch}: ${covered} of ${produced}`);
        const found = notesIn(epochs.get(epoch) ?? []);
        const noted = bench.noted.get(epoch)!;
        ok(epoch === last ? found === noted : found <= noted, `${epoch}: ${found} of ${noted} notes`);
      }
      const described = [...storedEvents(folder)].filter(({ event }) => event === "descriptor");
      equal(JSON.parse(described.at(-1)!.data).version, bench.version);
      await Deno.remove(folder, { recursive: true });
    }),
    { numRuns: 40, seed: 14 },
  );
});
