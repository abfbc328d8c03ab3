import { deepStrictEqual as equal, match } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import type { Issue } from "../../lib/wire/error_report.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";
import { webBench } from "../support/web_bench.ts";

Deno.test("options in the query shape the run that the reader starts", async (test) => {
  const cases: [query: string, run: object][] = [
    ["", { sample_rate: 10, channel: "x" }],
    ["?sample_rate=100", { sample_rate: 100, channel: "x" }],
    ["?sample_rate=2.5e3&channel=7", { sample_rate: 2500, channel: "7" }],
    ["?channel=a%20b&max_rate=5", { sample_rate: 10, channel: "a b" }],
  ];
  for (const [query, run] of cases) {
    await test.step(query || "none", async () => {
      await using bench = await webBench();
      await bench.device.connect();
      await using reader = await bench.open(`/stream/devices/daq1${query}`);
      await reader.state("streaming");
      equal(bench.instrument.runs, [run]);
    });
  }
});

Deno.test("a text in the query becomes a value of the option's type", async (test) => {
  const cases: [query: string, options: object][] = [
    ["channels=1,2", { channels: [1, 2] }],
    ["channels=3", { channels: [3] }],
    ["channels=", { channels: [] }],
    ["channels=0&channels=1", { channels: [0, 1] }],
    ["channels=0,1&channels=2", { channels: [0, 1, 2] }],
    ["names=1&names=b", { names: ["1", "b"] }],
    ["label=9007199254740993", { label: "9007199254740993" }],
    ["names=1,b", { names: ["1", "b"] }],
    ["trigger=true", { trigger: true }],
    ["label=5", { label: "5" }],
    ["label=true", { label: "true" }],
    ["label=a,b", { label: "a,b" }],
    ["gain=null", { gain: null }],
    ["gain=2.5", { gain: 2.5 }],
  ];
  for (const [query, options] of cases) {
    await test.step(query, async () => {
      await using bench = await webBench();
      const run = Promise.withResolvers<unknown>();
      bench.daemon.registerPlugins({
        devices: {
          Optional: defineDriver({
            name: "Optional",
            options: z.object({
              channels: z.array(z.number()),
              names: z.array(z.string()),
              trigger: z.boolean(),
              label: z.string(),
              gain: z.number().nullable(),
            }).partial(),
            create: () => ({
              async *stream(_signal, options) {
                run.resolve(options);
                yield await Promise.resolve(0);
              },
            }),
          }),
        },
      });
      await (await bench.daemon.addDevice("opt1", "Optional")).connect();
      await using _reader = await bench.open(`/stream/devices/opt1?${query}`);
      equal(await run.promise, options);
    });
  }
});

Deno.test("the options of a later reader change nothing", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using first = await bench.open("/stream/devices/daq1?sample_rate=5");
  await first.state("streaming");
  await using second = await bench.open("/stream/devices/daq1?sample_rate=50");
  equal([second.response.status, bench.instrument.runs.length], [200, 1]);
});

Deno.test("an option that does not fit is refused, and adds no reader", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  const cases = [
    ["sampel_rate=1", "sampel_rate"],
    ["sample_rate=fast", "sample_rate"],
    ["sample_rate=-1", "sample_rate"],
    ["sample_rate=", "sample_rate"],
    ["max_rate=0", "max_rate"],
    ["max_rate=-1", "max_rate"],
    ["max_rate=", "max_rate"],
    ["max_rate=fast", "max_rate"],
    ["max_rate=Infinity", "max_rate"],
    ["max_rate=NaN", "max_rate"],
  ];
  for (const [query, path] of cases) {
    await test.step(query, async () => {
      const { status, type, context } = await bench.refusal(`GET /stream/devices/daq1?${query}`);
      equal([status, type, (context.issues as Issue[]).map(({ path }) => path)], [400, "InvalidRequest", [path]]);
    });
  }
  await settled();
  equal([bench.device.status().stream.readers, bench.device.state], [0, "connected"]);
});

Deno.test("max_rate thins one reader's samples and counts the skipped ones", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await bench.device.connect();
  await using all = await bench.open("/stream/devices/daq1");
  await using thinned = await bench.open("/stream/devices/daq1?max_rate=10");
  await thinned.state("streaming");
  for (let n = 0; n < 30; n++) {
    bench.instrument.push(n);
    await time.tick(10);
  }
  await time.tick(200);
  for (let n = 0; n < 30; n++) await all.sample();
  equal(all.sequences, Array.from({ length: 30 }, (_, n) => n));

  while (thinned.sequences.at(-1) !== 29) await thinned.sample();
  const samples = thinned.events.filter(({ event }) => event === "device_data");
  const skipped = samples.reduce((sum, { skipped }) => sum + (skipped as number), 0);
  equal([samples.length <= 5, samples.length + skipped], [true, 30]);
  equal(thinned.events.some(({ event }) => event === "gap"), false);
});

Deno.test("a key that is given twice, or a number that would be rounded, is refused", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  const cases: [query: string, path: string, message: RegExp][] = [
    ["sample_rate=1&sample_rate=2", "sample_rate", /sample_rate=1&sample_rate=2: expected one value/],
    ["channel=a&channel=a", "channel", /expected one value/],
    ["max_rate=1&max_rate=2", "max_rate", /expected one value/],
    ["since=a-1&since=a-2", "since", /expected one value/],
    ["past=1&past=1", "past", /expected one value/],
    ["waits=true&waits=true", "waits", /expected one value/],
    ["sample_rate=9007199254740993", "sample_rate", /whose nearest is 9007199254740992/],
    ["sample_rate=1e400", "sample_rate", /found 1e400, beyond the largest/],
    [`sample_rate=${"[".repeat(100)}${"]".repeat(100)}`, "sample_rate", /nested deeper/],
  ];
  for (const [query, path, message] of cases) {
    await test.step(query.slice(0, 60), async () => {
      const found = await bench.refusal(`GET /stream/devices/daq1?${query}`);
      equal([found.status, (found.context.issues as Issue[]).map(({ path }) => path)], [400, [path]]);
      match(found.message, message);
    });
  }
  equal(bench.device.status().stream.readers, 0);
});

Deno.test("devices may be named under one key with commas, or under a key for each", async (test) => {
  for (const query of ["devices=daq1,daq2", "devices=daq1&devices=daq2", "devices=&devices=daq2,daq1"]) {
    await test.step(query, async () => {
      await using bench = await webBench();
      await bench.daemon.addDevice("daq2", "Scripted");
      await using reader = await bench.open(`/stream?${query}`);
      const ids = [(await reader.next()).device_id, (await reader.next()).device_id];
      equal(ids.sort(), ["daq1", "daq2"]);
    });
  }
});
