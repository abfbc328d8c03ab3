/** What was sent to an instrument and what it answered: recorded, and played back as a fake instrument. */
import { deepStrictEqual as equal, match, rejects, throws } from "node:assert/strict";
import { z } from "zod";
import { connectLines, defineDriver, type LineConnection, share } from "labdaemon/driver";
import { fakeInstrument } from "labdaemon/testing";
import type { EventFields } from "../support/event_fields.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

/** A supply that is read by lines, and that a password opens. */
const Supply = defineDriver({
  name: "Supply",
  params: z.object({ host: z.string(), port: z.number(), password: z.string().meta({ secret: true }) }),
  create: ({ host, port, password }) => {
    let lines: LineConnection;
    return {
      async connect(signal) {
        lines = await connectLines({ hostname: host, port, signal });
        await lines.command(`PASS ${password}`);
      },
      disconnect: () => lines?.close(),
      measure: () => lines.query("MEAS?"),
      block: async () => (await lines.queryBytes("CURV?", 3)).join(),
      reset: () => lines.write("*RST"),
    };
  },
  methods: {
    measure: { run: (device) => device.measure() },
    block: { run: (device) => device.block() },
    reset: { run: (device) => device.reset() },
  },
});

Deno.test("the bytes to and from an instrument are recorded, and answer a driver again as its fake instrument", async () => {
  await using it = await recordingBench();
  it.daemon.registerPlugins({ devices: { Supply } });
  let volts = 1;
  await using real = fakeInstrument({
    answers: { "MEAS?": () => `${volts++}.5`, "CURV?": () => new Uint8Array([255, 10, 0]) },
    acknowledge: "OK",
  });
  const params = { host: real.host, port: real.port, password: "hunter22" };
  const psu = await it.daemon.addDevice("psu1", "Supply", params, { transcript: true });
  const silent = await it.daemon.addDevice("psu2", "Supply", params);
  const run = await it.recordings.start({ name: "run", devices: ["psu1", "psu2"] });
  await Promise.all([psu.connect(), silent.connect()]);
  const asked = [await psu.call("measure"), await psu.call("measure"), await psu.call("block")];
  equal(asked, ["1.5", "2.5", "255,10,0"]);
  await silent.call("measure");
  await psu.disconnect();
  await it.recordings.stop(run);
  const { body } = await it.ask("GET /recordings/run/data");
  const transcript = body as string;
  const found = transcript.trim().split("\n").map((line) => JSON.parse(line) as EventFields)
    .filter(({ event }) => event === "transcript");
  equal(found.map(({ device_id, direction, text, base64 }) => [device_id, direction, text ?? base64]), [
    ["psu1", "opened", undefined],
    ["psu1", "sent", "PASS ********\n"],
    ["psu1", "received", "OK\n"],
    ...["MEAS?\n", "1.5\n", "MEAS?\n", "2.5\n"].map((text, i) => ["psu1", i % 2 ? "received" : "sent", text]),
    ["psu1", "sent", "CURV?\n"],
    ["psu1", "received", "/woA"],
  ]);
  equal(transcript.includes("hunter22"), false);

  // Played back: the next answer each time, and from the last one on that.
  const fake = fakeInstrument({ transcript });
  const again = await it.daemon.addDevice("psu3", "Supply", { host: fake.host, port: fake.port, password: "********" });
  await again.connect();
  const answers = [];
  for (const method of ["measure", "measure", "measure", "block"]) answers.push(await again.call(method));
  equal(answers, ["1.5", "2.5", "2.5", "255,10,0"]);
  await again.call("reset");
  await until("it was closed", () => fake.unexpected.length > 0 && !again.isConnected);
  await again.disconnect();
  await rejects(async () => await fake[Symbol.asyncDispose](), {
    message: 'The transcript has no "*RST": the driver did not send it then',
  });
});

Deno.test("a device without a connection of ours has a warning in the place of a transcript", async () => {
  await using it = await recordingBench();
  it.daemon.registerPlugins({ devices: { Sdk: defineDriver({ name: "Sdk", create: () => ({}) }) } });
  const device = await it.daemon.addDevice("cam1", "Sdk", {}, { transcript: true });
  await device.connect();
  match(
    device.status().warnings.map(({ type, message }) => `${type}: ${message}`).join(),
    /^NoTranscript: its driver has opened no/,
  );
});

/** Two of these share one connection. */
const Channel = defineDriver({
  name: "Channel",
  params: z.object({ host: z.string(), port: z.number(), channel: z.number() }),
  create: ({ host, port, channel }) => {
    const bus = share(
      `transcript:${port}`,
      (signal: AbortSignal) => connectLines({ hostname: host, port, signal }),
      (lines) => lines.close(),
    );
    return {
      connect: (signal) => bus.connect(signal),
      disconnect: () => bus.disconnect(),
      measure: (signal: AbortSignal) => bus.use((lines) => lines.query(`MEAS${channel}?`), signal),
    };
  },
  methods: { measure: { run: (device, _, { signal }) => device.measure(signal) } },
});

Deno.test("on a shared connection, the bytes belong to the device whose turn it is", async () => {
  await using it = await recordingBench();
  it.daemon.registerPlugins({ devices: { Channel } });
  await using real = fakeInstrument({ answers: { "MEAS1?": "1", "MEAS2?": "2", "MEAS3?": "3" } });
  const devices = [];
  for (const channel of [1, 2, 3]) {
    const params = { host: real.host, port: real.port, channel };
    devices.push(await it.daemon.addDevice(`ch${channel}`, "Channel", params, { transcript: channel < 3 }));
  }
  const run = await it.recordings.start({ name: "run", devices: ["ch1", "ch2", "ch3"] });
  for (const device of devices) await device.connect();
  equal(real.connections, 1);
  for (let round = 0; round < 2; round++) {
    equal(await Promise.all(devices.map((device) => device.call("measure"))), ["1", "2", "3"]);
  }
  for (const device of devices) await device.disconnect();
  await it.recordings.stop(run);
  const texts = it.stored("run").filter(({ event, text }) => event === "transcript" && text !== undefined)
    .map(({ device_id, direction, text }) => `${device_id} ${direction} ${text}`.trim());
  for (const id of ["1", "2", "3"]) {
    const own = texts.filter((text) => text.startsWith(`ch${id} `));
    const round = [`ch${id} sent MEAS${id}?`, `ch${id} received ${id}`];
    equal(own, id === "3" ? [] : [...round, ...round]);
  }
  equal(devices.flatMap((device) => device.status().warnings), []);
});

const line = (device_id: string, direction: string, text?: string) =>
  JSON.stringify({ event: "transcript", device_id, timestamp: "", direction, text });

Deno.test("a transcript is of one device that speaks lines; what comes first is its greeting", async () => {
  const two = [line("a", "sent", "X\r\n"), line("b", "sent", "Y\r\n")].join("\n");
  throws(() => fakeInstrument({ transcript: two }), { message: "Cannot answer by this transcript: it has a, b" });
  throws(() => fakeInstrument({ transcript: two, device: "c" }), { message: /it has none of "c", it has a, b$/ });
  throws(() => fakeInstrument({ transcript: line("a", "opened") }), { message: /nothing was sent$/ });
  throws(() => fakeInstrument({ transcript: line("a", "sent", "\x01\x03") }), {
    message: /not of lines: "\\u0001\\u0003" has/,
  });
  throws(() => fakeInstrument({ transcript: "" }), { message: /it has none$/ });
  const transcript = [
    line("a", "opened"),
    line("a", "received", "HELLO\r\n"),
    ...[line("a", "sent", "SET 1\r\nGET?\r\n"), line("a", "received", "1\r"), line("a", "received", "\n")],
  ].join("\n");
  await using fake = fakeInstrument({ transcript });
  using lines = await connectLines({
    ...{ hostname: fake.host, port: fake.port, terminator: "\r\n", banner: "HELLO" },
  });
  await lines.write("SET 1");
  equal(await lines.query("GET?"), "1");
});
