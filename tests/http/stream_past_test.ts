import { deepStrictEqual as equal } from "node:assert/strict";
import { fakeTime } from "../support/time.ts";
import { webBench } from "../support/web_bench.ts";

/** "daq1" has given ten samples a second for ten seconds: 0 to 99. */
async function tenSeconds() {
  const time = fakeTime();
  const bench = await webBench({ streaming: "always" });
  await bench.device.connect();
  for (let n = 0; n < 100; n++) {
    bench.instrument.push(n);
    await time.tick(100);
  }
  return {
    ...bench,
    time,
    epoch: bench.daemon.epoch,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      time[Symbol.dispose]();
    },
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

Deno.test("a stream with past begins with that period, and continues with new samples", async (test) => {
  await using bench = await tenSeconds();
  const cases: [query: string, first: number][] = [
    ["/stream/devices/daq1?past=2", 80],
    ["/stream/devices/daq1?past=0.55", 95],
    ["/stream/devices/daq1?past=3600", 0],
    ["/stream?devices=daq1&past=2", 80],
    ["/stream?devices=*&past=3600", 0],
  ];
  for (const [path, first] of cases) {
    await test.step(path, async () => {
      await using reader = await bench.open(path);
      while (reader.sequences.at(-1) !== 99) await reader.sample();
      equal(reader.sequences, range(first, 99));
      equal(reader.events.some(({ event }) => event === "gap"), false);
    });
  }
});

Deno.test("an id to resume from takes precedence over past", async (test) => {
  await using bench = await tenSeconds();
  for (const path of ["/stream/devices/daq1", "/stream?devices=daq1"]) {
    const since = path.includes("?") ? `${bench.epoch};daq1:97` : `${bench.epoch}-97`;
    const query = `${path}${path.includes("?") ? "&" : "?"}past=5`;
    for (
      const [name, url, headers] of [
        ["since", `${query}&since=${since}`, {}],
        ["Last-Event-ID", query, { "last-event-id": since }],
      ] as const
    ) {
      await test.step(`${path}, ${name}`, async () => {
        await using reader = await bench.open(url, headers);
        equal((await reader.sample()).sequence, 98);
      });
    }
  }
});

Deno.test("with several devices, those without a place begin with the past", async () => {
  await using bench = await tenSeconds();
  await using reader = await bench.open(`/stream?devices=daq1&past=1&since=${bench.epoch};host1:7`);
  equal((await reader.sample()).sequence, 90);
});

Deno.test("a reader of another epoch gets a restart gap, with any past", async (test) => {
  await using bench = await tenSeconds();
  for (const id of ["k3f9;daq1:41", "k3f9;host1:7", "nonsense"]) {
    await test.step(id, async () => {
      await using reader = await bench.open("/stream?devices=daq1&past=1", { "last-event-id": id });
      equal((await reader.gap()).reason, "restart");
      equal((await reader.sample()).sequence, 0);
    });
  }
});

Deno.test("a thinned past comes at once, thinned as if the reader had been there", async () => {
  await using bench = await tenSeconds();
  await using reader = await bench.open("/stream/devices/daq1?past=6&max_rate=2&thin=minmax");
  while ((reader.sequences.at(-1) ?? -1) < 95) await reader.sample();
  const samples = reader.events.filter(({ event }) => event === "device_data");
  // Two points a second: the smallest and the largest of each.
  equal(samples.length >= 9 && samples.length <= 13, true, `${reader.sequences}`);
  const skipped = samples.reduce((sum, { skipped }) => sum + (skipped as number), 0);
  equal(samples.length + skipped, reader.sequences.at(-1)! - 40 + 1);
});

Deno.test("a past that is no positive number is refused, and adds no reader", async (test) => {
  await using bench = await tenSeconds();
  for (const text of ["", "0", "-1", "soon", "10s", "Infinity", "NaN"]) {
    for (const path of ["/stream/devices/daq1?", "/stream?devices=daq1&"]) {
      await test.step(`${path}past=${text}`, async () => {
        const { status, type, message, context } = await bench.refusal(`GET ${path}past=${text}`);
        equal([status, type], [400, "InvalidRequest"]);
        equal(message, `Cannot open the stream with past=${text}: expected a positive number of seconds`);
        equal((context.issues as { path: string }[])[0].path, "past");
      });
    }
  }
  equal(bench.device.status().stream.readers, 0);
});
