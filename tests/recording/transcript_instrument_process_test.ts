/** What was sent to an instrument and what it answered: recorded, and played back as a fake instrument. */
import { deepStrictEqual as equal, match, rejects, throws } from "node:assert/strict";
import { z } from "zod";
import {
  type ByteConnection,
  connectLines,
  connectTcp,
  defineDriver,
  type LineConnection,
  share,
} from "labdaemon/driver";
import { fakeInstrument, FakeServer } from "labdaemon/testing";
import type { EventFields } from "../support/event_fields.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

/** A block of IEEE 488.2 whose bytes are no text, and have line ends among them. */
const CURVE = new Uint8Array([0x23, 0x31, 0x35, 13, 10, 0, 0xc3, 10, 10]);

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
      curve: async () => (await lines.queryBlock("WAV:DATA?")).join(),
      reset: () => lines.write("*RST"),
    };
  },
  methods: {
    measure: { run: (device) => device.measure() },
    block: { run: (device) => device.block() },
    curve: { run: (device) => device.curve() },
    reset: { run: (device) => device.reset() },
  },
});

Deno.test("the bytes to and from an instrument are recorded, and answer a driver again as its fake instrument", async () => {
  await using it = await recordingBench();
  it.daemon.registerPlugins({ devices: { Supply } });
  let volts = 1;
  await using real = fakeInstrument({
    answers: { "MEAS?": () => `${volts++}.5`, "CURV?": () => new Uint8Array([255, 10, 0]), "WAV:DATA?": () => CURVE },
    acknowledge: "OK",
  });
  const params = { host: real.host, port: real.port, password: "hunter22" };
  const psu = await it.daemon.addDevice("psu1", "Supply", params, { transcript: true });
  const silent = await it.daemon.addDevice("psu2", "Supply", params);
  const run = await it.recordings.start({ name: "run", devices: ["psu1", "psu2"] });
  await Promise.all([psu.connect(), silent.connect()]);
  const asked = [
    await psu.call("measure"),
    await psu.call("measure"),
    await psu.call("block"),
    await psu.call("curve"),
  ];
  equal(asked, ["1.5", "2.5", "255,10,0", "13,10,0,195,10"]);
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
    ["psu1", "sent", "WAV:DATA?\n"],
    ["psu1", "received", CURVE.toBase64()],
  ]);
  equal(transcript.includes("hunter22"), false);

  // Played back: the next answer each time, and from the last one on that.
  const fake = fakeInstrument({ transcript });
  const again = await it.daemon.addDevice("psu3", "Supply", { host: fake.host, port: fake.port, password: "********" });
  await again.connect();
  const answers = [];
  for (const method of ["measure", "measure", "measure", "block", "curve"]) answers.push(await again.call(method));
  equal(answers, ["1.5", "2.5", "2.5", "255,10,0", "13,10,0,195,10"]);
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

/** Answers messages of 4 bytes, the first of which is their kind: 1 by nothing, others by the message, a counter, and its kind twice. */
class Pump extends FakeServer {
  #count = 250;

  protected override async serve(connection: Deno.TcpConn): Promise<void> {
    let rest: number[] = [];
    for await (const bytes of connection.readable) {
      rest.push(...bytes);
      for (; rest.length >= 4; rest = rest.slice(4)) {
        const message = rest.slice(0, 4);
        if (message[0] === 1) continue;
        await connection.write(new Uint8Array([...message, this.#count++, message[0], message[0]]));
      }
    }
  }
}

/** Sends a message in hexadecimal digits, and answers with the bytes that come. */
const PumpDriver = defineDriver({
  name: "Pump",
  params: z.object({ host: z.string(), port: z.number() }),
  create: ({ host, port }) => {
    let bytes: ByteConnection;
    return {
      connect: async (signal) => void (bytes = await connectTcp({ hostname: host, port, signal })),
      disconnect: () => bytes?.close(),
      set: (message: string) => bytes.write(Uint8Array.fromHex(message)),
      async ask(message: string) {
        await bytes.write(Uint8Array.fromHex(message));
        return (await bytes.read((received) => received.length >= 7 ? 7 : undefined)).toHex();
      },
    };
  },
  methods: {
    set: { input: z.object({ message: z.string() }), run: (device, { message }) => device.set(message) },
    ask: { input: z.object({ message: z.string() }), run: (device, { message }) => device.ask(message) },
  },
});

Deno.test("an instrument that speaks bytes, not lines, is recorded to the byte and answers again", async () => {
  await using it = await recordingBench();
  it.daemon.registerPlugins({ devices: { Pump: PumpDriver } });
  await using real = new Pump();
  const pump = await it.daemon.addDevice("pump1", "Pump", { host: real.host, port: real.port }, { transcript: true });
  const run = await it.recordings.start({ name: "run", devices: ["pump1"] });
  await pump.connect();
  // Line ends, zeros, bytes that are no UTF-8, and a byte order mark; a message without an answer before others.
  const messages = ["ff0a0d00", "efbbbf41", "ff0a0d00", "0d0a0d0a"];
  const asked: unknown[] = [];
  for (const message of messages) {
    await pump.call("set", ["01800a0a"]);
    asked.push(await pump.call("ask", [message]));
  }
  equal(asked, ["ff0a0d00faffff", "efbbbf41fbefef", "ff0a0d00fcffff", "0d0a0d0afd0d0d"]);
  await pump.disconnect();
  await it.recordings.stop(run);
  const { body } = await it.ask("GET /recordings/run/data");

  const fake = fakeInstrument({ transcript: body as string });
  const again = await it.daemon.addDevice("pump2", "Pump", { host: fake.host, port: fake.port });
  await again.connect();
  // In another order, and without what was set between them.
  const answers = [];
  for (const message of messages.toReversed()) answers.push(await again.call("ask", [message]));
  equal(answers, [asked[3], asked[0], asked[1], asked[2]]);
  equal(fake.received, messages.toReversed());
  await again.call("set", ["01ffffff"]);
  await until("it was closed", () => fake.unexpected.length > 0 && !again.isConnected);
  await again.disconnect();
  await rejects(async () => await fake[Symbol.asyncDispose](), {
    message: 'The transcript has no "01ffffff": the driver did not send it then',
  });
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

Deno.test("a transcript is of one device; what comes first is its greeting", async () => {
  const two = [line("a", "sent", "X\r\n"), line("b", "sent", "Y\r\n")].join("\n");
  throws(() => fakeInstrument({ transcript: two }), { message: "Cannot answer by this transcript: it has a, b" });
  throws(() => fakeInstrument({ transcript: two, device: "c" }), { message: /it has none of "c", it has a, b$/ });
  throws(() => fakeInstrument({ transcript: line("a", "opened") }), { message: /nothing was sent$/ });
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

Deno.test("of a transcript of bytes, a question that comes in pieces is awaited, and the longest one is answered", async () => {
  const transcript = [
    line("a", "sent", "\x01"),
    line("a", "received", "x"),
    line("a", "sent", "\x01\x02\x03"),
    line("a", "received", "y"),
    line("a", "sent", ""),
  ].join("\n");
  await using fake = fakeInstrument({ transcript });
  using bytes = await connectTcp({ hostname: fake.host, port: fake.port });
  const ask = async (...sent: number[]) => {
    await bytes.write(new Uint8Array(sent));
    return new TextDecoder().decode(await bytes.read(() => 1));
  };
  equal([await ask(1, 2, 3), await ask(1)], ["y", "x"]);
});
