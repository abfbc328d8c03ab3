/** The pace of a bench that catches up at its hub. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { headers } from "@nats-io/transport-node";
import { Semaphore } from "../../lib/async/mod.ts";
import { CatchUpPace } from "../../lib/hub/catch_up_pace.ts";
import { DevicePublisher } from "../../lib/hub/device_publisher.ts";
import type { HubConnection } from "../../lib/hub/hub_connection.ts";
import { streamSubjects } from "../../lib/hub/names.ts";
import { filledLog } from "../support/filled_log.ts";
import { fakeTime } from "../support/time.ts";
import { until } from "../support/until.ts";

Deno.test("between two messages of devices that catch up the daemon does its other work: its live readers waited for all of them", async () => {
  /** The turns of the event loop. */
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const sent: number[] = [];
  let seq = 0;
  const info = {
    created: "now",
    config: { subjects: streamSubjects("lab1"), max_age: 0, max_bytes: -1 },
    state: { messages: 1 },
  };
  const hub = {
    ...{ headers, nats: { info: { max_payload: 300_000 } } },
    manager: { streams: { info: () => Promise.resolve(info), getMessage: () => Promise.resolve(null) } },
    js: {
      publish: () => {
        sent.push(turns);
        return Promise.resolve({ seq: ++seq, duplicate: false });
      },
    },
  } as unknown as HubConnection;
  const ofCatchUp = new Semaphore(1);
  const pace = new CatchUpPace(() => 0);
  const end = new AbortController();
  const runs = Array.from({ length: 5 }, () => {
    const { log, append } = filledLog(0, 1e9);
    for (let i = 0; i < 200; i++) append(50);
    const turn = (signal: AbortSignal) => ofCatchUp.enter(signal);
    const publisher = new DevicePublisher({ hub, bench: "lab1", log, devices: () => 5, turn, pace });
    return publisher.run(end.signal);
  });
  // Those behind the last full message are live.
  await until("it has sent", () => sent.length >= 20);
  clearInterval(timer);
  end.abort();
  await Promise.all(runs);
  const first = sent.slice(0, 15);
  equal(new Set(first).size, first.length, `messages in the turns ${first.join(", ")}`);
  ok(turns > 15);
});

/** A bench that streams at a rate, and messages behind which it pauses. */
function paced(samplesPerSecond: number) {
  const time = fakeTime();
  const start = performance.now();
  const pace = new CatchUpPace(() => samplesPerSecond * (performance.now() - start) / 1000);
  const { signal } = new AbortController();
  return {
    [Symbol.dispose]: () => time[Symbol.dispose](),
    time,
    pause: (count: number, busyMs = 0) => pace.pause(count, busyMs, signal),
    /** The milliseconds for which it pauses behind a message. */
    async lasts(count: number, busyMs = 0, lateMs = 0): Promise<number> {
      const before = performance.now();
      let isOver = false;
      void pace.pause(count, busyMs, signal).then(() => isOver = true);
      if (lateMs > 0) time.jump(lateMs);
      while (!isOver) await time.tick(1);
      return performance.now() - before;
    },
  };
}

Deno.test("a daemon that is held up for long by what catches up has twice that time for its other work, and one that is late as long as it was late", async () => {
  using bench = paced(0);
  equal(await bench.lasts(0, 20), 40);
  equal(await bench.lasts(0), 1);
  equal(await bench.lasts(0, 0, 51), 1 + 50 + 50);
  equal(await bench.lasts(0, 5_000), 100);
});

Deno.test("a bench catches up at 25 times real time, also at the end of a long cut", async () => {
  using bench = paced(10_000);
  await bench.time.tick(100);
  for (let i = 0; i < 200; i++) {
    const ms = await bench.lasts(60_000);
    ok(ms >= 235 && ms <= 245, `message ${i}: ${ms} ms`);
  }
});

Deno.test("a message that waited for the hub leaves the next ones less to wait for: the pace is kept", async () => {
  using bench = paced(10_000);
  await bench.time.tick(100);
  const start = performance.now();
  for (let i = 0; i < 100; i++) {
    await bench.time.tick(i % 10 === 0 ? 400 : 20);
    await bench.lasts(60_000);
  }
  const ms = performance.now() - start;
  ok(ms >= 23_500 && ms <= 24_500, `${ms} ms`);
});

Deno.test("what a slow bench has missed in a day follows without long pauses, and nothing waits on one that streams nothing", async () => {
  using slow = paced(1);
  await slow.time.tick(10_000);
  for (let i = 0; i < 10; i++) ok(await slow.lasts(86_400) <= 500);
  slow[Symbol.dispose]();
  using silent = paced(0);
  equal(await silent.lasts(86_400), 1);
});
