/** A bench at a real broker that does not take all that it publishes. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { MqttClient } from "mqtt";
import type { LabDaemon } from "../../lib/daemon.ts";
import { MqttPublisher } from "../../lib/mqtt/mqtt_publisher.ts";
import { type Mosquitto, mosquitto } from "../peers/mosquitto.ts";
import { collectLog } from "../support/log.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { ScriptedInstrument } from "../support/scripted_driver.ts";
import { until } from "../support/until.ts";

function publisherOf(broker: Mosquitto, bench: LabDaemon): MqttPublisher {
  const options = { broker: `mqtt://127.0.0.1:${broker.port}`, bench: "lab3", prefix: "lab" };
  return new MqttPublisher({ options, bench, version: "1.0.0" });
}

/** The payloads of each device's samples, as they come, and what the broker keeps. */
function follow(reader: MqttClient) {
  const samples: Record<string, unknown[]> = {};
  const kept = new Map<string, Record<string, unknown>>();
  const online: unknown[] = [];
  reader.on("message", (topic, payload) => {
    const message = JSON.parse(payload.toString());
    if (topic.endsWith("/bench")) online.push(message.online);
    if (!topic.endsWith("/events")) return void kept.set(topic, message);
    for (const event of message.events) {
      if (event.event === "device_data") (samples[event.device_id] ??= []).push(event.payload);
    }
  });
  return { samples, kept, online };
}

/** A bench with the devices `daq1` and `daq2`, which both stream. */
async function twoDevices() {
  const bench = await scriptedBench();
  const other = new ScriptedInstrument();
  bench.daemon.registerPlugins({ devices: { Other: other.driver } });
  const second = await bench.daemon.addDevice("daq2", "Other", {});
  for (const device of [bench.device, second]) {
    await device.connect();
    await device.startStreaming();
  }
  return { bench, other };
}

for (const limit of ["message_size_limit", "max_packet_size"]) {
  Deno.test(`an event beyond the ${limit} of a broker holds up its device only, and the log says what to change`, async () => {
    await using broker = await mosquitto({ lines: `${limit} 4000` });
    const reader = await broker.instrument();
    const { samples, online } = follow(reader);
    await reader.subscribeAsync("lab/#", { qos: 1 });
    using log = collectLog();
    const { bench, other } = await twoDevices();
    await using _ = bench;
    // Together they are larger than the limit, and each alone is not.
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`.padEnd(500));
    other.push(...texts, "x".repeat(6_000), "behind it");
    const publisher = publisherOf(broker, bench.daemon);
    bench.instrument.push(1);
    await until("the small ones have come", () => samples.daq2?.length === texts.length);
    const held = () => log.messages.filter((text) => text.includes("events of daq2"));
    await until("the log says why the others wait", () => held().length > 0);
    bench.instrument.push(2);
    await until("the other device goes on", () => samples.daq1?.includes(2) ?? false);
    equal(samples.daq2, texts);
    equal(samples.daq1, [1, 2]);
    equal(held().length, 1);
    ok(/bytes for lab\/lab3\/devices\/daq2\/events are more than .*message_size_limit/.test(held()[0]), held()[0]);
    equal(online, [true]);
    await publisher.close();
    await until("the end of the bench has come", () => online.at(-1) === false);
  });
}

Deno.test("a broker whose rights lack one topic gets all others, over one connection, and the end of the bench", async () => {
  await using broker = await mosquitto({
    rights: "topic readwrite lab/lab3/bench\ntopic readwrite lab/lab3/devices/daq1/events\ntopic read #\n",
  });
  const reader = await broker.instrument();
  const { samples, kept, online } = follow(reader);
  await reader.subscribeAsync("lab/#", { qos: 1 });
  using log = collectLog();
  const { bench, other } = await twoDevices();
  await using _ = bench;
  const publisher = publisherOf(broker, bench.daemon);
  bench.instrument.push(1);
  other.push("refused");
  await until("the first sample has come", () => samples.daq1?.length === 1);
  const about = (what: string) => log.messages.filter((text) => text.includes(what));
  for (const what of ["daq1/status", "daq2/status", "daq1/last", "daq2/events"]) {
    await until(`the log says that ${what} is refused`, () => about(what).length > 0);
    ok(
      /refuses lab\/lab3\/devices\/\S+ \(Not authorized\): its rights have to allow/.test(about(what)[0]),
      about(what)[0],
    );
  }
  bench.instrument.push(2);
  await until("its events go on", () => samples.daq1.length === 2);
  equal(samples, { daq1: [1, 2] });
  equal(about("connected to the broker").length, 1);
  await publisher.close();
  await until("the end of the bench has come", () => online.at(-1) === false);
  equal(online, [true, false]);
  equal([...kept.keys()], ["lab/lab3/bench"]);
});

Deno.test("a bench whose user may write and not read at the broker says so in its log", async () => {
  await using broker = await mosquitto({ rights: "topic write lab/#\n" });
  using log = collectLog();
  await using bench = await scriptedBench();
  const publisher = publisherOf(broker, bench.daemon);
  await until(
    "the log says it",
    () => log.messages.some((text) => /does not give back lab\/lab3\/bench.*to read/.test(text)),
  );
  await until("it publishes all the same", () => publisher.isConnected);
  await publisher.close();
});

Deno.test("two daemons of one bench: the log of the one that is driven out says that another program has its client id", async () => {
  await using broker = await mosquitto();
  using log = collectLog();
  await using first = await scriptedBench();
  await using second = await scriptedBench();
  const publisher = publisherOf(broker, first.daemon);
  await until("the first one is there", () => publisher.isConnected);
  const other = publisherOf(broker, second.daemon);
  await until(
    "the log says it",
    () =>
      log.messages.some((text) =>
        /closed the connection.* another program has the client id .* needs another mqtt\.bench/.test(text)
      ),
  );
  await Promise.all([publisher.close(), other.close()]);
});
