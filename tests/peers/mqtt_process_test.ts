import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { readDriverFile } from "../../lib/declared/file/read_file.ts";
import type { Readings, TransportSession } from "../../lib/declared/transport.ts";
import { watched } from "../support/driver_versions.ts";
import { tcpProxy } from "../support/tcp_proxy.ts";
import { Watch } from "../support/watch.ts";
import { mosquitto } from "./mosquitto.ts";

const BATH = `driver: Bath
transport: mqtt
values:
  temperature: { topic: bath/temperature, unit: °C }
  level: { topic: bath/state, json: "tank.level[0]", unit: "%" }
  pump: { topic: bath/state, json: pump, type: boolean }
settings:
  setpoint: { publish: bath/setpoint/set, payload: "{:.1f}", topic: bath/setpoint, unit: °C, min: 0, max: 80 }
  mode: { publish: bath/mode/set, choices: [heat, cool] }
availability: { topic: bath/online, offline: gone }
safe: [{ publish: bath/setpoint/set, payload: "20" }]
`;

const PASSWORD = "hunter2-and-more";

async function opened(params: Record<string, unknown>, text = BATH) {
  const { signal } = new AbortController();
  const { transport, keys, values, settings, safe } = await readDriverFile(text, "bath.yaml");
  const parsed = transport.params.parse({ host: "127.0.0.1", ...params });
  const session: TransportSession<unknown, unknown, unknown> = await transport.open(
    { params: parsed, keys, values, settings },
    signal,
  );
  const setting = (name: string) => settings.find((it) => it.name === name)!;
  return {
    values,
    stream: (signal: AbortSignal) => session.subscribe!(values, signal) as AsyncIterable<Readings>,
    get: (name: string) => session.get!(setting(name), signal),
    set: (name: string, raw: number | string) => session.set!(setting(name), raw, signal),
    safe: () => session.command!(safe[0], signal),
    [Symbol.asyncDispose]: async () => await session.close(),
  };
}

Deno.test("mqtt: messages become samples, those that mosquitto had kept are stale, and faulty ones have a reason", async () => {
  await using broker = await mosquitto();
  const instrument = await broker.instrument();
  await instrument.publishAsync("bath/temperature", "20.5", { retain: true, qos: 1 });
  await using device = await opened({ port: broker.port });
  const stop = new AbortController();
  const samples: Readings[] = [];
  // Each message follows the sample of the one before.
  const messages: [topic: string, payload: string][] = [
    ["bath/temperature", "21.5"],
    ["bath/state", '{"tank":{"level":[80,1]},"pump":true}'],
    ["bath/state", '{"tank":{},"pump":null}'],
    ["bath/state", "no JSON"],
  ];
  for await (const sample of device.stream(stop.signal)) {
    samples.push(sample);
    const next = messages.shift();
    if (next) await instrument.publishAsync(...next);
    else stop.abort();
  }
  equal(samples.slice(0, 3), [
    { temperature: { raw: "20.5", quality: "stale: retained by the broker" } },
    { temperature: { raw: "21.5" } },
    { level: { raw: 80 }, pump: { raw: true } },
  ]);
  equal(samples[3], {
    level: { quality: 'no tank.level[0] in "{\\"tank\\":{},\\"pump\\":null}"' },
    pump: { quality: "null" },
  });
  match(samples[4].level.quality!, /expected JSON, found "no JSON"/);
  const again = new AbortController();
  for await (const sample of device.stream(again.signal)) {
    equal(sample.temperature.quality, "stale: retained by the broker");
    again.abort();
  }
});

Deno.test("mqtt: a setting is published, and read back from what the instrument answers", async () => {
  await using broker = await mosquitto();
  const instrument = await broker.instrument();
  const received: string[] = [];
  instrument.on("message", (topic, payload) => {
    received.push(`${topic} ${payload}`);
    // It holds 60 degrees at most.
    if (topic === "bath/setpoint/set") instrument.publish("bath/setpoint", String(Math.min(60, Number(payload))));
  });
  await instrument.subscribeAsync(["lab1/bath/setpoint/set", "bath/setpoint/set", "bath/mode/set"], { qos: 1 });
  await using device = await opened({ port: broker.port, timeout: 0.5 });
  await rejects(device.get("setpoint"), /there was no message on bath\/setpoint within 500 ms/);
  await device.set("setpoint", 37.55);
  equal(await device.get("setpoint"), { raw: "37.5" });
  await device.set("setpoint", 75);
  equal(await device.get("setpoint"), { raw: "60" });
  await device.set("mode", "cool");
  await device.safe();
  equal(await device.get("setpoint"), { raw: "60" });
  await using other = await opened({ port: broker.port, prefix: "lab1/" });
  await other.set("setpoint", 1);
  equal(received, [
    "bath/setpoint/set 37.5",
    "bath/setpoint/set 75.0",
    "bath/mode/set cool",
    "bath/setpoint/set 20",
    "lab1/bath/setpoint/set 1.0",
  ]);
});

Deno.test("mqtt: the instrument's last will ends the stream, and connecting, until the instrument is back", async () => {
  await using broker = await mosquitto();
  const will = { topic: "bath/online", payload: new TextEncoder().encode("gone"), qos: 1, retain: true } as const;
  // deno-lint-ignore no-explicit-any
  const instrument = await broker.instrument({ will: will as any });
  await using device = await opened({ port: broker.port });
  const { signal } = new AbortController();
  const streaming = rejects(async () => {
    for await (const _ of device.stream(signal)) instrument.stream.destroy();
  }, /is lost: the instrument has left: bath\/online is "gone"/);
  await broker.printed(/Sending SUBACK[^]*Sending UNSUBACK[^]*Sending UNSUBACK/);
  await instrument.publishAsync("bath/temperature", "1", { qos: 1 });
  await streaming;
  await rejects(opened({ port: broker.port }), /the instrument has left/);
  const back = await broker.instrument();
  await back.publishAsync("bath/online", "here", { qos: 1, retain: true });
  await using _again = await opened({ port: broker.port });
});

Deno.test("mqtt: the file's last will is published when the daemon's side is lost, and not when it leaves", async () => {
  await using broker = await mosquitto();
  const instrument = await broker.instrument();
  const received: string[] = [];
  const arrived = Promise.withResolvers<void>();
  instrument.on("message", (_, payload) => {
    received.push(String(payload));
    arrived.resolve();
  });
  await instrument.subscribeAsync("bath/setpoint/set");
  const text = BATH.replace("safe:", 'last_will: { topic: bath/setpoint/set, payload: "15" }\nsafe:');
  {
    await using _device = await opened({ port: broker.port }, text);
  }
  await using line = tcpProxy(broker.port);
  await using device = await opened({ port: Number(new URL(line.url).port) }, text);
  await device.set("mode", "cool");
  equal(received, []);
  line.cut();
  await arrived.promise;
  equal(received, ["15"]);
});

Deno.test("mqtt over TLS: the authority, the user and the password are checked", async () => {
  await using broker = await mosquitto({ tls: true });
  const { port, ca } = broker;
  const login = { port, tls: true, user: "lab", password: PASSWORD };
  await using device = await opened({ ...login, ca });
  await device.set("mode", "heat");
  await rejects(
    opened({ ...login, ca, password: "guess" }),
    /Cannot connect to 127\.0\.0\.1:\d+: Connection refused: Not auth/,
  );
  await rejects(opened(login), /Cannot connect to .*(certificate|issuer|authority)/i);
  await rejects(opened({ ...login, tls: false }), /Cannot connect to /);
  await rejects(opened({ port: 2, ca, tls: true }), /Cannot connect to .*refused/i);
});

Deno.test("a device of a YAML driver streams from mosquitto over TLS, also after the broker was away", async () => {
  await using broker = await mosquitto({ tls: true });
  const { port, ca } = broker;
  await using bench = await watched({ "bath.yaml": BATH });
  const params = { host: "127.0.0.1", port, tls: true, ca, user: "lab", password: PASSWORD };
  const device = await bench.daemon.addDevice("bath1", "Bath", params, {
    restart: { initialDelayMs: 50, maxDelayMs: 50 },
  });
  equal(device.status().permissions, { net: [`127.0.0.1:${port}`] });
  equal(device.status().params.password, "********");
  await device.connect();
  using watch = new Watch(device);
  await device.startStreaming();
  const publish = async (payload: string) => {
    const instrument = await broker.instrument({
      protocol: "mqtts",
      ca,
      username: "lab",
      password: PASSWORD,
      rejectUnauthorized: false,
    });
    await instrument.publishAsync("bath/temperature", payload, { qos: 1, retain: true });
  };
  await publish("21.5");
  equal(((await watch.sample()).payload as Record<string, unknown>).temperature, 21.5);
  await publish("none");
  equal((await watch.sample()).payload, {
    temperature: null,
    quality: { temperature: 'expected a number, found "none"' },
  });
  await broker.kill();
  const lost = await watch.state("retrying");
  ok(!JSON.stringify(lost).includes(PASSWORD));
  await broker.restart();
  await watch.state("streaming");
  await publish("22.5");
  equal(((await watch.sample()).payload as Record<string, unknown>).temperature, 22.5);
});
