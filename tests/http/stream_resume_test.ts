import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { webBench } from "../support/web_bench.ts";

/** "daq1" streams, and its log holds what was pushed, each sample in a block of its own. */
async function filledBench(samples: unknown[], settings = {}) {
  const bench = await webBench({ streaming: "always", ...settings });
  await bench.device.connect();
  for (const sample of samples) {
    bench.instrument.push(sample);
    await bench.watch.sample();
  }
  return { ...bench, epoch: bench.daemon.epoch };
}

const ten = Array.from({ length: 10 }, (_, n) => n);

Deno.test("a stream without an id begins at the head", async () => {
  await using bench = await filledBench(ten);
  await using reader = await bench.open("/stream/devices/daq1");
  bench.instrument.push("new");
  const { sequence, payload } = await reader.sample();
  equal([sequence, payload], [10, "new"]);
});

Deno.test("a stream resumes right after its id, by header or by query", async (test) => {
  await using bench = await filledBench(ten);
  const { epoch } = bench;
  const cases: [name: string, path: string, headers: HeadersInit, first: number][] = [
    ["Last-Event-ID", "", { "last-event-id": `${epoch}-6` }, 7],
    ["since", `?since=${epoch}-6`, {}, 7],
    ["both: the header is newer", `?since=${epoch}-2`, { "last-event-id": `${epoch}-6` }, 7],
    ["an empty header is none", `?since=${epoch}-2`, { "last-event-id": "" }, 3],
    ["the place before the first sample", `?since=${epoch}--1`, {}, 0],
    ["with max_rate", `?max_rate=1000&since=${epoch}-8`, {}, 9],
  ];
  for (const [name, query, headers, first] of cases) {
    await test.step(name, async () => {
      await using reader = await bench.open(`/stream/devices/daq1${query}`, headers);
      equal((await reader.sample()).sequence, first);
      while (reader.sequences.at(-1)! < 9) await reader.sample();
      equal(reader.sequences, ten.slice(first));
      equal(reader.events.map(({ event }) => event).filter((event) => event !== "device_data"), ["device_state"]);
    });
  }
});

Deno.test("a resume from the newest sample continues with new samples", async () => {
  await using bench = await filledBench(ten);
  await using reader = await bench.open(`/stream/devices/daq1?since=${bench.epoch}-9`);
  bench.instrument.push("new");
  equal((await reader.sample()).payload, "new");
});

Deno.test("a reader without a sample resumes, too: the first event has an id", async () => {
  await using bench = await filledBench(ten);
  const first = await bench.open("/stream/devices/daq1");
  const { id } = await first.next();
  await first.leave();
  bench.instrument.push("meanwhile");
  await bench.watch.next(({ payload }) => payload === "meanwhile");
  await using again = await bench.open("/stream/devices/daq1", { "last-event-id": id! });
  equal((await again.sample()).payload, "meanwhile");
});

Deno.test("a resume from a sample that the ring no longer holds gives a gap: received and lost make up all", async () => {
  await using bench = await filledBench(ten.map((n) => `${n}`.repeat(500)), {
    ring: { maxBytes: 2_000, maxAgeMs: 600_000 },
  });
  await using reader = await bench.open(`/stream/devices/daq1?since=${bench.epoch}-1`);
  const { timestamp, ...gap } = await reader.gap();
  const { oldest } = bench.device.log;
  ok(oldest > 2, `the ring holds all from ${oldest}`);
  equal(gap, {
    id: `${bench.epoch}-${oldest - 1}`,
    event: "gap",
    device_id: "daq1",
    from: 2,
    to: oldest - 1,
    lost: oldest - 2,
    reason: "expired",
  });
  match(timestamp, /Z$/);
  while (reader.sequences.at(-1) !== 9) await reader.sample();
  equal(reader.sequences, ten.slice(oldest));
});

Deno.test("an id of another epoch gives a restart gap with unknown loss, then all samples of the ring", async () => {
  await using bench = await filledBench(ten);
  await using reader = await bench.open("/stream/devices/daq1", { "last-event-id": "k3f9-41" });
  const { timestamp: _, id, ...gap } = await reader.gap();
  equal(gap, { event: "gap", device_id: "daq1", from: 42, to: null, lost: null, reason: "restart" });
  equal(id, `${bench.epoch}--1`);
  while (reader.sequences.at(-1) !== 9) await reader.sample();
  equal(reader.sequences, ten);
});

Deno.test("a reader that the ring overtakes gets a gap of exactly the samples it missed", async () => {
  await using bench = await filledBench([], { ring: { maxBytes: 200_000, maxAgeMs: 600_000 } });
  await using reader = await bench.open("/stream/devices/daq1");
  await reader.state("streaming");
  // Its room is 64 KiB; these are two megabytes.
  for (let n = 0; n < 200; n++) {
    bench.instrument.push("x".repeat(10_000));
    await bench.watch.sample();
  }
  while (reader.sequences.at(-1) !== 199) await reader.sample();

  const gaps = reader.events.filter(({ event }) => event === "gap");
  ok(gaps.length > 0);
  let next = 0;
  for (const { event, sequence, from, to, lost, reason } of reader.events) {
    if (event === "gap") {
      equal([from, lost, reason], [next, Number(to) - next + 1, "slow-reader"]);
      next = Number(to) + 1;
    } else if (event === "device_data") equal(sequence, next++);
  }
  equal(next, 200);
});

Deno.test("a since beyond the newest sample is refused; as Last-Event-ID it gives a restart gap", async (test) => {
  await using bench = await filledBench(ten);
  const { epoch } = bench;
  const cases: [name: string, path: string, since: string][] = [
    ["one device", "/stream/devices/daq1", `${epoch}-10`],
    ["several devices", "/stream?devices=daq1", `${epoch};daq1:10`],
  ];
  for (const [name, path, since] of cases) {
    await test.step(name, async () => {
      const { status, type, message } = await bench.refusal(
        `GET ${path}${name === "one device" ? "?" : "&"}since=${since}`,
      );
      equal([status, type], [400, "InvalidRequest"]);
      equal(message, `Cannot resume behind "${epoch}-10": the newest sample of "daq1" is ${epoch}-9`);

      await using reader = await bench.open(path, { "last-event-id": since });
      const { reason, to, lost } = await reader.gap();
      equal([reason, to, lost], ["restart", null, null]);
      while (reader.sequences.at(-1) !== 9) await reader.sample();
      equal(reader.sequences, ten);
    });
  }
  equal(bench.device.status().stream.readers, 0);
});

Deno.test("a since that is no id is refused; as Last-Event-ID it gives a restart gap", async (test) => {
  await using bench = await filledBench([]);
  const cases = ["nonsense", "-", "a-", "-1", "a-1.5", "a-x", "a--2", `${"9".repeat(30)}`, "a;daq1:0"];
  for (const since of cases) {
    await test.step(since, async () => {
      const path = "/stream/devices/daq1";
      const { status, type, message } = await bench.refusal(`GET ${path}?since=${encodeURIComponent(since)}`);
      equal([status, type], [400, "InvalidRequest"]);
      ok(message.includes(JSON.stringify(since)), message);

      // A browser gives up for good on a refusal.
      await using stream = await bench.open(path, { "last-event-id": since });
      const { reason, to, lost } = await stream.gap();
      equal([stream.response.status, reason, to, lost], [200, "restart", null, null]);
    });
  }
  equal(bench.device.status().stream.readers, 0);
});
