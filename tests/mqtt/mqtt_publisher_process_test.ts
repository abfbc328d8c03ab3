/** A bench at a real broker: what it publishes, through kills of the broker, restarts of the bench, and refusals. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import mqtt from "mqtt";
import type { LabDaemon } from "../../lib/daemon.ts";
import { MqttPublisher } from "../../lib/mqtt/mqtt_publisher.ts";
import type { MqttOptions } from "../../lib/mqtt/mqtt_options.ts";
import { type Mosquitto, mosquitto } from "../peers/mosquitto.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until } from "../support/until.ts";

function publisherOf(broker: { port: number }, bench: LabDaemon, more: Partial<MqttOptions> = {}): MqttPublisher {
  const options = { broker: `mqtt://127.0.0.1:${broker.port}`, bench: "lab3", prefix: "lab", ...more };
  return new MqttPublisher({ options, bench, version: "1.0.0" });
}

type Message = Record<string, unknown> & { events: Record<string, unknown>[] };

/** A program that reads what a bench publishes. It goes on with its session after a kill of the broker. */
class Reader implements AsyncDisposable {
  readonly kept = new Map<string, Record<string, unknown>>();
  readonly messages: Message[] = [];
  readonly #client: mqtt.MqttClient;

  constructor(broker: Mosquitto) {
    const url = `mqtt://127.0.0.1:${broker.port}`;
    this.#client = mqtt.connect(url, { clientId: "reader", clean: false, reconnectPeriod: 50 });
    this.#client.on("error", () => {});
    this.#client.on("connect", () => this.#client.subscribe("lab/#", { qos: 1 }));
    this.#client.on("message", (topic, payload) => {
      const text = payload.toString();
      const value = text === "" ? undefined : JSON.parse(text);
      if (topic.endsWith("/events")) this.messages.push(value);
      else if (value) this.kept.set(topic, value);
      else this.kept.delete(topic);
    });
  }

  get isConnected(): boolean {
    return this.#client.connected;
  }

  /** The events of all messages. What was on its way when a connection ended may come again, and is dropped. */
  get events(): Record<string, unknown>[] {
    const seen = new Set<string>();
    return this.messages.flatMap(({ epoch, events }) =>
      events.filter((event) => {
        const id = `${epoch} ${JSON.stringify(event)}`;
        return !seen.has(id) && seen.add(id);
      })
    );
  }

  get payloads(): unknown[] {
    return this.events.filter(({ event }) => event === "device_data").map(({ payload }) => payload);
  }

  async [Symbol.asyncDispose]() {
    await this.#client.endAsync(true);
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

Deno.test("a broker gets each sample once and in order through cuts; what it keeps says where it stands", async () => {
  await using broker = await mosquitto();
  await using line = await FaultProxy.start(broker.port);
  await using reader = new Reader(broker);
  await until("the reader is there", () => reader.isConnected);
  await using bench = await scriptedBench();
  const { daemon, device, instrument } = bench;
  let count = 0;
  const push = (many: number) => instrument.push(...numbers(many).map(() => count++));
  const publisher = publisherOf(line, daemon);
  await device.connect();
  await device.startStreaming();
  push(100);
  await until("the first samples have come", () => reader.payloads.length === count);
  for (let cuts = 0; cuts < 2; cuts++) {
    push(50);
    await line.refuse();
    await until("its end is noticed", () => !publisher.isConnected);
    push(50);
    await until("the broker says that it is gone", () => reader.kept.get("lab/lab3/bench")?.online === false);
    await line.heal();
    push(50);
    await until("all have come", () => reader.payloads.length === count);
  }
  equal(reader.payloads, numbers(count));
  equal(reader.events.filter(({ event }) => event === "gap"), []);
  await until("the newest sample is kept", () => {
    const { sample } = reader.kept.get("lab/lab3/devices/daq1/last") ?? {};
    return (sample as { payload: unknown } | undefined)?.payload === count - 1;
  });
  await until("the state is kept", () => reader.kept.get("lab/lab3/devices/daq1/status")?.state === "streaming");
  await until("it is there again", () => reader.kept.get("lab/lab3/bench")?.online === true);
  push(10);
  await publisher.close();
  await until("its end is kept", () => reader.kept.get("lab/lab3/bench")?.online === false);
  equal(reader.payloads.slice(0, count - 10), numbers(count - 10));
});

Deno.test("a broker that was killed and has lost all it kept gets the states again, and the events go on", async () => {
  await using broker = await mosquitto();
  await using bench = await scriptedBench();
  const publisher = publisherOf(broker, bench.daemon);
  await bench.device.connect();
  await bench.device.startStreaming();
  await until("it is reached", () => publisher.isConnected);
  await broker.kill();
  await until("its end is noticed", () => !publisher.isConnected);
  await broker.restart();
  await using reader = new Reader(broker);
  await until("the states are there", () => reader.kept.get("lab/lab3/devices/daq1/status")?.state === "streaming");
  bench.instrument.push("again");
  await until("the events go on", () => reader.payloads.at(-1) === "again");
  equal(reader.kept.get("lab/lab3/bench")?.online, true);
  await publisher.close();
});

Deno.test("what the ring has dropped while the broker was away is a gap with its numbers", async () => {
  await using broker = await mosquitto();
  await using line = await FaultProxy.start(broker.port);
  await using bench = await scriptedBench({ ring: { maxBytes: 3_000, maxAgeMs: 1e9 } });
  const { daemon, device, instrument, watch } = bench;
  await using reader = new Reader(broker);
  await until("the reader is there", () => reader.isConnected);
  const publisher = publisherOf(line, daemon);
  await device.connect();
  await device.startStreaming();
  instrument.push(0);
  await until("the first sample has come", () => reader.payloads.length === 1);
  await until("its place has moved", () => reader.kept.has("lab/lab3/devices/daq1/last"));
  await line.refuse();
  await until("its end is noticed", () => !publisher.isConnected);
  for (let i = 1; i < 60; i++) {
    instrument.push(i);
    await watch.next(({ event, sequence }) => event === "device_data" && sequence === i);
  }
  const { oldest } = device.log;
  await line.heal();
  await until("the newest has come", () => reader.payloads.at(-1) === 59);
  const gaps = reader.events.filter(({ event }) => event === "gap");
  equal(gaps.map(({ from, to, reason }) => [from, to, reason]), [[1, oldest - 1, "slow-reader"]]);
  equal(reader.payloads, [0, ...numbers(60).slice(oldest)]);
  await publisher.close();
});

Deno.test("the next run of a bench goes on behind the place that the broker keeps, and clears what is gone", async () => {
  await using broker = await mosquitto();
  await using reader = new Reader(broker);
  await until("the reader is there", () => reader.isConnected);
  {
    await using bench = await scriptedBench();
    await bench.daemon.addDevice("gone", "Scripted", {});
    const publisher = publisherOf(broker, bench.daemon);
    await until("both are announced", () => reader.kept.has("lab/lab3/devices/gone/status"));
    await bench.device.connect();
    await bench.device.startStreaming();
    bench.instrument.push("one", "two");
    await until("both have come", () => reader.payloads.length === 2);
    await publisher.close();
  }
  await using next = await scriptedBench();
  const publisher = publisherOf(broker, next.daemon);
  await until("what is gone is cleared", () => !reader.kept.has("lab/lab3/devices/gone/status"));
  await next.device.connect();
  await next.device.startStreaming();
  next.instrument.push("again");
  await until("it goes on", () => reader.payloads.at(-1) === "again");
  equal(reader.payloads, ["one", "two", "again"]);
  const { events } = reader;
  const gap = events.find(({ event }) => event === "gap");
  equal([gap?.from, gap?.to, gap?.reason], [2, null, "restart"]);
  ok(events.indexOf(gap!) < events.findIndex(({ payload }) => payload === "again"));
  await next.daemon.removeDevice("daq1");
  await until("a device that is removed is cleared", () => !reader.kept.has("lab/lab3/devices/daq1/last"));
  await publisher.close();
});

Deno.test("a device that is removed while the broker is away is cleared when the broker is back", async () => {
  await using broker = await mosquitto();
  await using line = await FaultProxy.start(broker.port);
  await using reader = new Reader(broker);
  await until("the reader is there", () => reader.isConnected);
  await using bench = await scriptedBench();
  await bench.daemon.addDevice("gone", "Scripted", {});
  const publisher = publisherOf(line, bench.daemon);
  await until("it is announced", () => reader.kept.has("lab/lab3/devices/gone/status"));
  await line.refuse();
  await until("its end is noticed", () => !publisher.isConnected);
  await bench.daemon.removeDevice("gone");
  await line.heal();
  await until("it is cleared", () => !reader.kept.has("lab/lab3/devices/gone/status"));
  ok(reader.kept.has("lab/lab3/devices/daq1/status"));
  await publisher.close();
});

Deno.test("a broker with TLS and a password is used with both, and another one's certificate is not taken", async () => {
  await using broker = await mosquitto({ tls: true });
  await using bench = await scriptedBench();
  const secured = { broker: `mqtts://127.0.0.1:${broker.port}`, user: "lab", password: "hunter2-and-more" };
  const stranger = publisherOf(broker, bench.daemon, secured);
  await until("the broker has seen it", () => /alert|error|disconnect/i.test(broker.log));
  equal(stranger.isConnected, false);
  await stranger.close();
  const publisher = publisherOf(broker, bench.daemon, { ...secured, tls: () => Promise.resolve({ ca: broker.ca }) });
  await until("it is reached", () => publisher.isConnected);
  await publisher.close();
});
