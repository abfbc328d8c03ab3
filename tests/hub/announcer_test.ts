/** The announcements of a bench, in a bucket by hand. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { delay } from "../../lib/async/mod.ts";
import { Announcer } from "../../lib/hub/announcer.ts";
import type { HubConnection } from "../../lib/hub/hub_connection.ts";
import { collectLog } from "../support/log.ts";
import { fakeTime } from "../support/time.ts";

/** A hub with a bucket only. */
function bucketHub() {
  const values = new Map<string, string>();
  const state = { isFull: false, delayMs: 0 };
  /** The messages that no stream keeps. */
  const sent: [subject: string, value: Record<string, unknown>][] = [];
  const nats = { publish: (subject: string, text: string) => void sent.push([subject, JSON.parse(text)]) };
  const decoder = new TextDecoder();
  const bucket = {
    put: async (key: string, value: string | Uint8Array) => {
      if (state.delayMs > 0) await delay(state.delayMs);
      if (state.isFull) throw Object.assign(new Error("insufficient resources"), { code: 10023 });
      values.set(key, typeof value === "string" ? value : decoder.decode(value));
      return 1;
    },
    get: (key: string) => {
      const text = values.get(key);
      return Promise.resolve(text === undefined ? null : { operation: "PUT", json: () => JSON.parse(text) });
    },
    delete: (key: string) => Promise.resolve(void values.delete(key)),
  };
  const info = (_name: string, { subjects_filter }: { subjects_filter: string }) => {
    const prefix = subjects_filter.slice(0, -1);
    const subjects = [...values.keys()].map((key) => `$KV.lab.${key}`).filter((it) => it.startsWith(prefix));
    return Promise.resolve({ state: { subjects: Object.fromEntries(subjects.map((it) => [it, 1])) } });
  };
  return { values, state, sent, hub: { nats, bucket, manager: { streams: { info } } } as unknown as HubConnection };
}

function run(hub: HubConnection, epoch: string, host: string, ...drivers: string[]) {
  const end = new AbortController();
  const bench = {
    epoch,
    devices: () => [],
    drivers: () => drivers.map((name) => ({ name, summary: host }) as never),
  };
  const over = new Announcer(hub, bench, { name: "lab1", version: "1.0.0", host }).run(end.signal);
  return {
    /** The names of its drivers. */
    drivers,
    end: async () => {
      end.abort();
      await over;
    },
  };
}

const ERROR = (host: string) =>
  `Another daemon, on ${host}, is lab1 at the hub, too: its copy mixes both. Change hub.bench of one`;

Deno.test("two daemons by one name at a hub each log where the other one is, once; when one ends, all of the other is there", async () => {
  using log = collectLog();
  using time = fakeTime();
  const { hub, values } = bucketHub();
  const first = run(hub, "e1", "pc1", "A");
  await time.tick(6_000);
  const second = run(hub, "e2", "pc2", "B");
  await time.tick(30_000);
  equal(log.messages.toSorted(), [ERROR("pc1"), ERROR("pc2")]);
  await second.end();
  await time.tick(6_000);
  equal([...values.keys()].toSorted(), ["lab1.alarms", "lab1.bench", "lab1.drivers.A"]);
  await first.end();
  equal(log.messages.length, 2);
});

Deno.test("a daemon that follows one that was killed logs nothing of it", async () => {
  using log = collectLog();
  using time = fakeTime();
  const { hub, values } = bucketHub();
  await hub.bucket.put("lab1.bench", JSON.stringify({ epoch: "e0", host: "pc1", ended_at: null }));
  const next = run(hub, "e1", "pc1", "A");
  await time.tick(30_000);
  await next.end();
  equal(log.messages, []);
  equal(JSON.parse(values.get("lab1.bench")!).epoch, "e1");
});

Deno.test("a bench stays connected to a hub that is full, and announces what has changed when that has room again", async () => {
  using log = collectLog();
  using time = fakeTime();
  const { hub, values, state, sent } = bucketHub();
  state.isFull = true;
  const bench = run(hub, "e1", "pc1", "A");
  await time.tick(10_000);
  equal(new Set(log.messages), new Set(["The hub has no room for what this bench announces: insufficient resources"]));
  // A view hears that it is there.
  equal(sent.map(([subject, { epoch, not_stored }]) => [subject, epoch, not_stored])[0], [
    ...["lab.lab1.heartbeat", "e1", "insufficient resources"],
  ]);
  ok(sent.length >= 2);
  state.isFull = false;
  await time.tick(6_000);
  equal([...values.keys()].toSorted(), ["lab1.alarms", "lab1.bench", "lab1.drivers.A"]);
  await bench.end();
});

Deno.test("what has changed right before a bench ends is announced: a view knows its last state", async () => {
  using time = fakeTime();
  const { hub, values } = bucketHub();
  const bench = run(hub, "e1", "pc1", "A");
  await time.tick(2_500);
  bench.drivers.push("B");
  await bench.end();
  equal([...values.keys()].toSorted(), ["lab1.alarms", "lab1.bench", "lab1.drivers.A", "lab1.drivers.B"]);
  ok(JSON.parse(values.get("lab1.bench")!).ended_at);
});

Deno.test("a bench of 500 devices far from its hub is announced, and its heartbeats go on: they waited behind all that is written", async () => {
  using time = fakeTime();
  const { hub, values, state } = bucketHub();
  state.delayMs = 200;
  const drivers = Array.from({ length: 500 }, (_, i) => `D${i}`);
  const bench = run(hub, "e1", "pc1", ...drivers);
  const at = () => Date.parse(JSON.parse(values.get("lab1.bench")!).at);
  let oldest = 0;
  for (let second = 0; second < 20; second++) {
    await time.tick(1_000);
    oldest = Math.max(oldest, Date.now() - at());
  }
  equal(values.size, 502);
  ok(oldest < 15_000, `no heartbeat came for ${oldest} ms`);
  // Those that are gone go at the same time, too.
  bench.drivers.splice(1);
  await time.tick(6_000);
  equal(values.size, 3);
  bench.end();
  await time.tick(1_000);
});
