import { deepStrictEqual as equal, match, partialDeepStrictEqual as contains } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import type { Issue } from "../../lib/errors.ts";
import { fail, ScriptedInstrument } from "../support/scripted_driver.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";
import { webBench } from "../support/web_bench.ts";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

Deno.test("a stream is an event stream that nobody may cache, buffer or transform", async () => {
  await using bench = await webBench();
  await using reader = await bench.open("/stream/devices/daq1");
  const { status, headers } = reader.response;
  equal([status, headers.get("content-type")], [200, "text/event-stream; charset=utf-8"]);
  equal([headers.get("cache-control"), headers.get("x-accel-buffering")], ["no-cache, no-transform", "no"]);
});

Deno.test("a stream begins with the time to retry after and the state, then come the samples", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await bench.device.startStreaming();
  await bench.watch.state("streaming");
  const { epoch } = bench.daemon;
  await using reader = await bench.open("/stream/devices/daq1");
  const state = await reader.next();
  equal(reader.retries, [2000]);
  contains(state, { id: `${epoch}--1`, event: "device_state", device_id: "daq1", state: "streaming" });
  equal(["error" in state, "retry_in" in state], [false, false]);
  match(state.timestamp, TIME);

  bench.instrument.push(7.31);
  const { timestamp, ...sample } = await reader.next();
  equal(sample, { id: `${epoch}-0`, event: "device_data", device_id: "daq1", sequence: 0, payload: 7.31 });
  match(timestamp, TIME);
});

Deno.test("the text of an event is the contract's, byte for byte", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const response = await bench.app.request("/stream/devices/daq1");
  const body = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  bench.instrument.push(7.31);
  let text = "";
  while (!text.includes("device_data\n")) text += (await body.read()).value;
  await body.cancel();
  match(
    text.slice(text.lastIndexOf("id: ")),
    /^id: \w+-0\nevent: device_data\ndata: \{"event":"device_data","device_id":"daq1","sequence":0,"timestamp":"[^"]+","payload":7\.31\}\n\n$/,
  );
});

Deno.test("a device that cannot stream at the moment answers all the same, and tells its state", async (test) => {
  await test.step("disconnected, then connected", async () => {
    await using bench = await webBench();
    await using reader = await bench.open("/stream/devices/daq1");
    equal([reader.response.status, (await reader.next()).state], [200, "disconnected"]);
    await bench.device.connect();
    bench.instrument.push(1);
    equal((await reader.sample()).payload, 1);
    const told = reader.events.map(({ state }) => state);
    equal(told, ["disconnected", "connecting", "connected", "streaming", undefined]);
  });
  await test.step("it has no stream", async () => {
    await using bench = await webBench();
    bench.daemon.registerPlugins({ devices: { Mute: new ScriptedInstrument({ streams: false }).driver } });
    await bench.daemon.connectDevice(await bench.daemon.addDevice("mute", "Mute"));
    await using reader = await bench.open("/stream/devices/mute");
    equal([reader.response.status, (await reader.next()).state], [200, "connected"]);
  });
  await test.step("it is faulted", async () => {
    await using bench = await webBench({ restart: { maxRestarts: 0, windowMs: 1, initialDelayMs: 1, maxDelayMs: 1 } });
    bench.instrument.next("create", fail("no such card"));
    await bench.device.connect().catch(() => {});
    await using reader = await bench.open("/stream/devices/daq1");
    const { state, error } = await reader.next();
    equal([state, (error as Error).message], ["faulted", "no such card"]);
  });
});

Deno.test("a failure is told to every reader: the error, then the state with the time of the next try", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using one = await bench.open("/stream/devices/daq1");
  await using two = await bench.open("/stream/devices/daq1");
  await bench.watch.state("streaming");
  bench.instrument.next("connect", fail("still out"));
  bench.instrument.drop("the cable is out");
  for (const reader of [one, two]) {
    const { error, ...told } = await reader.next(({ event }) => event === "stream_error");
    equal([Object.keys(told), (error as Error).message], [["event", "device_id", "timestamp"], "the cable is out"]);
    const { state, retry_in, error: why } = await reader.next();
    equal([state, typeof retry_in, (why as Error).message], ["retrying", "number", "the cable is out"]);
    equal(Object.keys(error as object), ["type", "message", "origin", "failure_source", "timestamp", "context"]);
  }
});

Deno.test("the numbers go on across stop and start, reconnecting, and removing and making anew", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const sample = async (since?: string) => {
    await using reader = await bench.open("/stream/devices/daq1", since ? { "last-event-id": since } : {});
    bench.instrument.push("x");
    return (await reader.sample()).sequence;
  };
  equal(await sample(), 0);
  await bench.ask("POST /devices/daq1/stream/stop");
  equal(await sample(), 1);
  await bench.ask("POST /devices/daq1/disconnect");
  await bench.ask("POST /devices/daq1/connect");
  equal(await sample(), 2);
  await bench.ask("DELETE /devices/daq1");
  await bench.ask("POST /devices", { device_id: "daq1", device_type: "Scripted" });
  await bench.ask("POST /devices/daq1/connect");
  equal(await sample(), 3);
});

Deno.test("the first reader starts the device, and when the last has left it stops after a moment", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await bench.device.connect();
  equal(bench.device.state, "connected");
  await using one = await bench.open("/stream/devices/daq1");
  await using two = await bench.open("/stream/devices/daq1");
  await one.state("streaming");
  equal(bench.device.status().stream.readers, 2);

  await one.leave();
  await time.tick(10_000);
  bench.instrument.push("for two");
  await time.tick(10);
  equal([(await two.sample()).payload, bench.device.status().stream.readers], ["for two", 1]);

  await two.leave();
  await time.tick(900);
  equal(bench.device.state, "streaming");
  await time.tick(200);
  equal([bench.device.state, bench.device.status().stream.readers], ["connected", 0]);
});

Deno.test("a reader that leaves stops neither an explicit start nor a local callback", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await bench.device.connect();
  await bench.device.startStreaming(() => {});
  const reader = await bench.open("/stream/devices/daq1");
  await reader.leave();
  await time.tick(60_000);
  equal(bench.device.state, "streaming");
});

Deno.test("a manual device is not started by a reader", async () => {
  await using bench = await webBench({ streaming: "manual" });
  await bench.device.connect();
  await using reader = await bench.open("/stream/devices/daq1");
  await settled();
  equal(bench.device.state, "connected");
  await bench.ask("POST /devices/daq1/stream/start");
  await reader.state("streaming");
});

Deno.test("the options in the query shape the run that the reader starts", async (test) => {
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

Deno.test("a text in the query becomes what the option's schema says", async (test) => {
  const cases: [query: string, options: object][] = [
    ["channels=1,2", { channels: [1, 2] }],
    ["channels=3", { channels: [3] }],
    ["channels=", { channels: [] }],
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
      await bench.daemon.connectDevice(await bench.daemon.addDevice("opt1", "Optional"));
      await using _reader = await bench.open(`/stream/devices/opt1?${query}`);
      equal(await run.promise, options);
    });
  }
});

Deno.test("a reader that is back before the last one's moment is over finds the same run", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await bench.device.connect();
  const first = await bench.open("/stream/devices/daq1");
  await first.state("streaming");
  await first.leave();
  await time.tick(900);
  await using again = await bench.open("/stream/devices/daq1");
  await time.tick(5_000);
  equal([(await again.next()).state, bench.instrument.runs.length], ["streaming", 1]);
});

Deno.test("the options of a reader that comes later change nothing", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using first = await bench.open("/stream/devices/daq1?sample_rate=5");
  await first.state("streaming");
  await using second = await bench.open("/stream/devices/daq1?sample_rate=50");
  equal([second.response.status, bench.instrument.runs.length], [200, 1]);
});

Deno.test("an option that does not fit is refused, and nobody reads", async (test) => {
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

Deno.test("max_rate thins one reader's samples and says how many were skipped", async () => {
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

Deno.test("after 15 s of silence comes a comment, and again", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await using reader = await bench.open("/stream/devices/daq1");
  await reader.next();
  await time.tick(14_000);
  equal(reader.comments, []);
  for (const _ of [1, 2]) {
    await time.tick(15_100);
    equal(await reader.comment(), "keep-alive");
  }
});

Deno.test("an ordinary sample is any that there is: 0, nothing, empty, NaN", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using reader = await bench.open("/stream/devices/daq1");
  const samples = [
    0,
    "",
    false,
    null,
    undefined,
    [],
    {},
    NaN,
    -Infinity,
    5n,
    new Float32Array([0.5, NaN]),
    new Date(0),
  ];
  bench.instrument.push(...samples);
  for (const _ of samples) await reader.sample();
  const epoch = "1970-01-01T00:00:00.000Z";
  equal(reader.payloads, [0, "", false, null, null, [], {}, null, null, 5, [0.5, null], epoch]);
});

Deno.test("a sample that cannot be written down is told as lost, with an error; the device heals and goes on", async (test) => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  for (const [name, odd] of [["a cycle", cycle], ["a function", () => {}]] as const) {
    await test.step(name, async () => {
      await using bench = await webBench({
        restart: { maxRestarts: 5, windowMs: 1_000, initialDelayMs: 1, maxDelayMs: 1 },
      });
      await bench.device.connect();
      await using reader = await bench.open("/stream/devices/daq1");
      await reader.state("streaming");
      bench.instrument.push("before", odd, "after");
      const { error } = await reader.next(({ event }) => event === "stream_error");
      equal((error as { type: string }).type, "NotSerializable");
      while (reader.payloads.length < 2) await reader.sample();
      const { from, to, lost, reason } = reader.events.find(({ event }) => event === "gap")!;
      equal([from, to, lost, reason], [1, 1, 1, "source"]);
      equal([reader.payloads, reader.sequences], [["before", "after"], [0, 2]]);
      equal((await bench.ask("GET /health")).status, 200);
    });
  }
});

Deno.test("closeStreams() ends every stream, so that a server can shut down", async () => {
  await using bench = await webBench();
  await using one = await bench.open("/stream/devices/daq1");
  await using all = await bench.open("/stream?devices=*");
  bench.app.closeStreams();
  await one.end();
  await all.end();
  equal(bench.device.status().stream.readers, 0);
});

Deno.test("an unread stream whose reader leaves costs nothing any more", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  const response = await bench.app.request("/stream/devices/daq1");
  equal(bench.device.status().stream.readers, 1);
  await response.body!.cancel();
  await time.tick(1_100);
  equal([bench.device.status().stream.readers, time.timers], [0, 0]);
});
