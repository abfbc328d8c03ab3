import { deepStrictEqual as equal, match, ok, partialDeepStrictEqual as contains } from "node:assert/strict";
import { fail, ScriptedInstrument } from "../support/scripted_driver.ts";
import { fakeTime, setClock } from "../support/time.ts";
import { webBench } from "../support/web_bench.ts";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

Deno.test("a stream is an event stream without caching, buffering or transformation", async () => {
  await using bench = await webBench();
  await using reader = await bench.open("/stream/devices/daq1");
  const { status, headers } = reader.response;
  equal([status, headers.get("content-type")], [200, "text/event-stream; charset=utf-8"]);
  equal([headers.get("cache-control"), headers.get("x-accel-buffering")], ["no-cache, no-transform", "no"]);
});

Deno.test("a stream begins with the retry time and the state, then samples follow", async () => {
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
  while (!text.includes("device_data\n")) {
    const { value, done } = await body.read();
    ok(!done, text);
    text += value;
  }
  await body.cancel();
  match(
    text.slice(text.lastIndexOf("id: ")),
    /^id: \w+-0\nevent: device_data\ndata: \{"event":"device_data","device_id":"daq1","sequence":0,"timestamp":"[^"]+","payload":7\.31\}\n\n$/,
  );
});

for (const path of ["/stream/devices/daq1", "/stream/devices/daq1?max_rate=1000&thin=minmax", "/stream?devices=*"]) {
  Deno.test(`a clock that is set while ${path} runs is one event between two samples`, async () => {
    await using bench = await webBench();
    await bench.device.connect();
    await using reader = await bench.open(path);
    bench.instrument.push(1);
    await reader.sample();
    {
      using _clock = setClock(3 * 86_400_000);
      bench.instrument.push(2);
      await reader.sample();
    }
    bench.instrument.push(3);
    await reader.sample();
    const events = reader.events.slice(reader.events.findIndex(({ event }) => event === "device_data"));
    equal(events.map(({ event }) => event), ["device_data", "clock", "device_data", "clock", "device_data"]);
    const [forward, back] = events.filter(({ event }) => event === "clock").map(({ step }) => Math.round(Number(step)));
    equal([forward, back], [3 * 86_400, -3 * 86_400]);
    match(events[1].timestamp, TIME);

    // A page that resumes before the step gets it again, in its place.
    await using later = await bench.open(path, { "Last-Event-ID": events[0].id! });
    await later.next(({ payload }) => payload === 3);
    equal(
      later.events.map(({ event }) => event).filter((it) => it !== "device_state"),
      events.slice(1).map(({ event }) => event),
    );
  });
}

Deno.test("the stream of a device that cannot stream now opens, and reports its state", async (test) => {
  await test.step("disconnected, then connected", async () => {
    await using bench = await webBench();
    await using reader = await bench.open("/stream/devices/daq1");
    equal([reader.response.status, (await reader.next()).state], [200, "disconnected"]);
    await bench.device.connect();
    bench.instrument.push(1);
    equal((await reader.sample()).payload, 1);
    const states = reader.events.map(({ state }) => state);
    equal(states, ["disconnected", "connecting", "connected", "streaming", undefined]);
  });
  await test.step("it has no stream", async () => {
    await using bench = await webBench();
    bench.daemon.registerPlugins({ devices: { Mute: new ScriptedInstrument({ streams: false }).driver } });
    await (await bench.daemon.addDevice("mute", "Mute")).connect();
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

Deno.test("every reader gets a failure: the error, then the state with the time of the next attempt", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using one = await bench.open("/stream/devices/daq1");
  await using two = await bench.open("/stream/devices/daq1");
  await bench.watch.state("streaming");
  bench.instrument.next("connect", fail("still out"));
  bench.instrument.drop("the cable is out");
  for (const reader of [one, two]) {
    const { error, ...rest } = await reader.next(({ event }) => event === "stream_error");
    equal([Object.keys(rest), (error as Error).message], [["event", "device_id", "timestamp"], "the cable is out"]);
    const { state, retry_in, error: why } = await reader.next();
    equal([state, typeof retry_in, (why as Error).message], ["retrying", "number", "the cable is out"]);
    equal(Object.keys(error as object), ["type", "message", "origin", "failure_source", "timestamp", "context"]);
  }
});

Deno.test("sequence numbers continue across stop and start, reconnecting, and removing and adding again", async () => {
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

Deno.test("a comment is sent after every 15 s of silence", async () => {
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

Deno.test("0, null, empty values and NaN are ordinary samples", async () => {
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

Deno.test("a sample that JSON cannot carry is lost with an error, and the device recovers", async (test) => {
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

Deno.test("a stream with format=columns gives numbers in a row as one event, and resumes behind its id", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const text = async (path: string, until: string) => {
    const response = await bench.app.request(path);
    const body = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes(until)) {
      const { value, done } = await body.read();
      ok(!done, text);
      text += value;
    }
    await body.cancel();
    return text;
  };
  await bench.device.startStreaming();
  for (let i = 0; i < 10; i++) bench.instrument.push(i);
  const past = await text("/stream/devices/daq1?past=60&format=columns", "base64");
  match(past, new RegExp(`id: ${bench.daemon.epoch}-9\nevent: device_columns\ndata: .*"sequence":0,"count":10,`));
  const rest = await text(`/stream/devices/daq1?since=${bench.daemon.epoch}-4&format=columns`, "base64");
  match(rest, /"sequence":5,"count":5,/);
  const events = await text("/stream/devices/daq1?past=60&format=events", `${bench.daemon.epoch}-9`);
  ok(!events.includes("device_columns"));
});

Deno.test("a format that there is not is refused, and any on a stream of several devices", async () => {
  await using bench = await webBench();
  for (const path of ["/stream/devices/daq1?format=arrow", "/stream?devices=*&format=columns"]) {
    const response = await bench.app.request(path);
    equal(response.status, 400);
    match(await response.text(), /format/);
  }
});
