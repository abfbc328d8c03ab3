/** A bench at a real broker that knows MQTT 3.1.1 only. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { Aedes } from "aedes";
import mqtt from "mqtt";
import { MqttPublisher } from "../../lib/mqtt/mqtt_publisher.ts";
import { collectLog } from "../support/log.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until } from "../support/until.ts";

/** The byte of a first message that has the version. */
const VERSION_AT = 8;

/** @param closes True for one that closes the connection of who speaks another version, without any answer. */
async function olderBroker({ closes }: { closes: boolean }) {
  const aedes = await Aedes.createBroker();
  const refused: string[] = [];
  aedes.on("connectionError", (_client, { message }) => void refused.push(message));
  const server = createServer((socket) => {
    socket.once("readable", () => {
      const bytes = socket.read();
      if (closes && bytes?.[VERSION_AT] === 5) {
        refused.push("closed");
        return void socket.destroy();
      }
      if (bytes) socket.unshift(bytes);
      aedes.handle(socket);
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    refused,
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(() => server.close(() => resolve())));
    },
  };
}

for (const closes of [false, true]) {
  const how = closes ? "closes the connection of others" : "refuses others";
  Deno.test(`a broker that knows MQTT 3.1.1 only, and ${how}, has all states and samples, and the log names the version`, async () => {
    await using broker = await olderBroker({ closes });
    using log = collectLog();
    await using bench = await scriptedBench();
    await bench.device.connect();
    await bench.device.startStreaming();
    bench.instrument.push("before");
    const options = { broker: broker.url, bench: "lab3", prefix: "lab" };
    const publisher = new MqttPublisher({ options, bench: bench.daemon, version: "1.0.0" });
    await until("it is reached", () => publisher.isConnected);
    equal(broker.refused, [closes ? "closed" : "unacceptable protocol version"]);
    ok(log.messages.some((text) => /connected to the broker .* as lab3, by MQTT 3\.1\.1/.test(text)));
    const kept = new Map<string, Record<string, unknown>>();
    const samples: unknown[] = [];
    const reader = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
    reader.on("message", (topic, payload) => {
      const message = JSON.parse(payload.toString());
      if (!topic.endsWith("/events")) return void kept.set(topic, message);
      samples.push(...message.events.flatMap((it: { payload?: string }) => it.payload ?? []));
    });
    await reader.subscribeAsync("lab/#", { qos: 1 });
    await until("its state is kept", () => kept.get("lab/lab3/devices/daq1/status")?.state === "streaming");
    await until("the newest sample is kept", () => {
      const { sample } = kept.get("lab/lab3/devices/daq1/last") ?? {};
      return (sample as { payload: unknown } | undefined)?.payload === "before";
    });
    bench.instrument.push(1, 2, 3);
    await until("the next ones have come", () => samples.at(-1) === 3);
    equal(samples.slice(-3), [1, 2, 3]);
    equal(kept.get("lab/lab3/bench")?.online, true);
    await publisher.close();
    await until("its end is kept", () => kept.get("lab/lab3/bench")?.online === false);
    await reader.endAsync(true);
  });
}
