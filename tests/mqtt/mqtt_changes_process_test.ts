/** A bench at a real broker, whose devices change while it publishes. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Device } from "../../lib/device/device.ts";
import type { BenchListener } from "../../lib/device/device_table.ts";
import { MqttPublisher, type PublishedBench } from "../../lib/mqtt/mqtt_publisher.ts";
import { mosquitto } from "../peers/mosquitto.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until } from "../support/until.ts";

/** A bench whose devices the test changes, between any two of its steps. */
class ChangingBench implements PublishedBench {
  readonly epoch = "k3f9";
  readonly #devices: Device[];
  #listener: BenchListener = {};
  /** Called when the publisher has asked for the devices. */
  asked = () => {};

  constructor(...devices: Device[]) {
    this.#devices = devices;
  }

  devices(): Device[] {
    queueMicrotask(this.asked);
    return [...this.#devices];
  }

  listen(listener: BenchListener): () => void {
    this.#listener = listener;
    return () => {};
  }

  remove(device: Device): void {
    this.#devices.splice(this.#devices.indexOf(device), 1);
    this.#listener.removed!(device);
  }

  add(device: Device): void {
    this.#devices.push(device);
    this.#listener.added!(device);
  }
}

const topicOf = (id: string, kind: string) => `lab/lab3/devices/${id}/${kind}`;

Deno.test("a device that is removed while statuses are sent does not come back; one added again at once has what the broker keeps", async () => {
  await using broker = await mosquitto();
  const reader = await broker.instrument();
  const kept = new Map<string, string>();
  const events: string[] = [];
  reader.on("message", (topic: string, payload: Uint8Array) => {
    const text = new TextDecoder().decode(payload);
    if (topic.endsWith("/events")) {
      events.push(...JSON.parse(text).events.flatMap((it: { payload?: string }) => it.payload ?? []));
    } else if (text) kept.set(topic, text);
    else kept.delete(topic);
  });
  await reader.subscribeAsync("lab/#", { qos: 1 });
  await using first = await scriptedBench();
  await using second = await scriptedBench();
  const gone = await first.daemon.addDevice("gone", "Scripted", {});
  const bench = new ChangingBench(first.device, gone);
  const publisher = new MqttPublisher({
    options: { broker: `mqtt://127.0.0.1:${broker.port}`, bench: "lab3", prefix: "lab" },
    bench,
    version: "1.0.0",
  });
  // It asks for the devices of a bench that it begins, then for those whose statuses it sends.
  let asked = 0;
  bench.asked = () => {
    if (publisher.isConnected && ++asked === 2) bench.remove(gone);
  };
  for (const { device, instrument, watch } of [first, second]) {
    await device.connect();
    await device.startStreaming();
    instrument.push(device === first.device ? "first" : "second");
    await watch.next(({ event }) => event === "device_data");
  }
  await until("the first sample has come", () => events.length === 1);
  await until("its status is kept", () => kept.get(topicOf("daq1", "status"))?.includes("streaming") ?? false);
  ok(asked >= 2);
  const keptOfGone = () => [...kept.keys()].filter((topic) => topic.includes("gone"));
  await until("nothing is kept of the one that is gone", () => keptOfGone().length === 0);

  first.instrument.push("last");
  await first.watch.next(({ payload }) => payload === "last");
  kept.delete(topicOf("daq1", "status"));
  bench.remove(first.device);
  bench.add(second.device);
  await until("the second one goes on", () => events.includes("second"));
  equal(events, ["first", "last", "second"]);
  await until("its status is kept", () => kept.has(topicOf("daq1", "status")));
  await until("its place is kept", () => kept.get(topicOf("daq1", "last"))?.includes("second") ?? false);
  await publisher.close();
  equal(keptOfGone(), []);
});
