/** The pauses of a bench that catches up at its hub. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { headers } from "@nats-io/transport-node";
import { Semaphore } from "../../lib/async/mod.ts";
import { DevicePublisher } from "../../lib/hub/device_publisher.ts";
import { giveWay } from "../../lib/hub/give_way.ts";
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
  const end = new AbortController();
  const runs = Array.from({ length: 5 }, () => {
    const { log, append } = filledLog(0, 1e9);
    for (let i = 0; i < 200; i++) append(50);
    const turn = (signal: AbortSignal) => ofCatchUp.enter(signal);
    const publisher = new DevicePublisher({ hub, bench: "lab1", log, devices: () => 5, turn });
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

Deno.test("a daemon that is held up for long by what catches up has twice that time for its other work, and one that is late as long as it was late", async () => {
  using time = fakeTime();
  const { signal } = new AbortController();
  let ended = 0;
  const rest = (busyMs: number) => giveWay(busyMs, signal).then(() => ended++);
  void rest(20);
  await time.tick(39);
  equal(ended, 0);
  await time.tick(1);
  equal(ended, 1);
  void rest(0);
  await time.tick(1);
  equal(ended, 2);
  void rest(0);
  time.jump(51);
  await time.tick(49);
  equal(ended, 2);
  await time.tick(1);
  equal(ended, 3);
  void rest(5_000);
  await time.tick(100);
  equal(ended, 4);
});
