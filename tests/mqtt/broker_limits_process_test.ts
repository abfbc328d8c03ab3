/** A connection with a broker of this test's own, which sees each packet. */
import { deepStrictEqual as equal, doesNotMatch, match, ok, rejects } from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { BrokerConnection, type OpenOptions } from "../../lib/mqtt/broker_connection.ts";
import { brokerNotReached } from "../../lib/mqtt/refusals.ts";
import { MqttPublisher } from "../../lib/mqtt/mqtt_publisher.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { type BrokerScript, type Published, scriptedBroker } from "../support/scripted_broker.ts";
import { until } from "../support/until.ts";

const optionsFor = ({ port }: { port: number }) => ({
  broker: `mqtt://127.0.0.1:${port}`,
  bench: "lab3",
  prefix: "lab",
});

/** A connection with a broker that says `properties` of itself, and hands each message to the test. */
async function brokerOf(properties: object, take?: BrokerScript["take"], options?: OpenOptions) {
  const broker = await scriptedBroker({ properties, take });
  const connection = await BrokerConnection.open(optionsFor(broker), options);
  return {
    connection,
    seen: broker.seen,
    async [Symbol.asyncDispose]() {
      await connection.drop();
      await broker[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a broker that takes two messages at a time is never sent a third one", async () => {
  const waiting: number[] = [];
  let most = 0;
  let acknowledge = (_id: number) => {};
  await using broker = await brokerOf({ receiveMaximum: 2 }, ({ messageId }, answer) => {
    acknowledge = answer;
    waiting.push(messageId);
    most = Math.max(most, waiting.length);
  });
  const sent = Array.from({ length: 7 }, (_, i) => broker.connection.publish(`lab/${i}`, "{}"));
  for (let acknowledged = 0; acknowledged < sent.length; acknowledged++) {
    // All that it may send has come.
    await until("the next ones have come", () => waiting.length === Math.min(2, sent.length - acknowledged));
    acknowledge(waiting.shift()!);
  }
  await Promise.all(sent);
  equal(most, 2);
});

Deno.test("what a broker has acknowledged leaves the memory of the daemon, however long the connection lasts", async () => {
  await using broker = await brokerOf({}, ({ messageId }, acknowledge) => acknowledge(messageId));
  const bytes = new Uint8Array(1_000_000).fill(120);
  const publish = (i: number) => broker.connection.publish("lab/x", new TextDecoder().decode(bytes) + i);
  for (let i = 0; i < 20; i++) await publish(i);
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < 200; i++) await publish(i);
  const grown = Deno.memoryUsage().heapUsed - before;
  ok(grown < 100_000_000, `200 messages of 1 MB leave ${grown} bytes`);
});

Deno.test("what waits for an acknowledgement when the connection is cut has that as its error at once: it waited for ten seconds", async () => {
  await using broker = await brokerOf({}, (_message, _acknowledge, cut) => cut());
  await rejects(broker.connection.publish("lab/x", "{}"), (error: Error) => {
    doesNotMatch(error.message, /has not acknowledged/);
    return true;
  });
});

Deno.test("the states of many devices are sent at the same time: one after the other, 500 of them took ten seconds over a way of 20 ms", async () => {
  const waiting: Published[] = [];
  const states = new Set<string>();
  let acknowledge = (_id: number) => {};
  await using broker = await scriptedBroker({
    properties: { receiveMaximum: 20 },
    take: (message, answer) => {
      acknowledge = answer;
      if (!message.topic.endsWith("/status")) return answer(message.messageId);
      waiting.push(message);
      states.add(message.topic);
    },
  });
  await using bench = await scriptedBench();
  for (let i = 0; i < 49; i++) await bench.daemon.addDevice(`d${i}`, "Scripted", {});
  const publisher = new MqttPublisher({ options: optionsFor(broker), bench: bench.daemon, version: "1.0.0" });
  for (const many of [20, 20, 10]) {
    // It acknowledges none before all that it takes at a time have come.
    await until(() => `${many} have come, not ${waiting.length}`, () => waiting.length === many);
    for (const { messageId } of waiting.splice(0)) acknowledge(messageId);
  }
  equal(states.size, 50);
  await publisher.close();
});

Deno.test("the end of a bench does not wait for the states that a slow broker has yet to take", async () => {
  const topics: string[] = [];
  await using broker = await scriptedBroker({
    properties: { receiveMaximum: 2 },
    take: ({ topic, messageId }, acknowledge) => {
      topics.push(topic);
      if (!topic.endsWith("/status")) acknowledge(messageId);
      else if (topics.length === 3) broker.later = () => acknowledge(messageId);
    },
  }).then((it) => Object.assign(it, { later: () => {} }));
  await using bench = await scriptedBench();
  for (let i = 0; i < 9; i++) await bench.daemon.addDevice(`d${i}`, "Scripted", {});
  const publisher = new MqttPublisher({ options: optionsFor(broker), bench: bench.daemon, version: "1.0.0" });
  await until("two are on their way", () => topics.length === 3);
  const closed = publisher.close();
  broker.later();
  await closed;
  equal(topics.filter((topic) => topic.endsWith("/status")).length, 2);
  equal(topics.at(-1), "lab/lab3/bench");
});

for (
  const [what, properties, options] of [
    ["a broker that wants pings each second gets them", { serverKeepAlive: 1 }, {}],
    ["a broker that wants one ping an hour is asked as often as any other one", { serverKeepAlive: 3600 }, {
      keepAliveS: 1,
    }],
  ] as const
) {
  Deno.test(what, async () => {
    await using broker = await brokerOf(properties, undefined, options);
    await until("two have come", () => broker.seen.filter((cmd) => cmd === "pingreq").length === 2);
  });
}

Deno.test("a bench ends at once while a broker has not answered its first message: it waited for four seconds", async () => {
  await using broker = await scriptedBroker({ takes: false });
  const end = new AbortController();
  const opened = BrokerConnection.open(optionsFor(broker), { signal: end.signal });
  await until("it waits for the answer", () => broker.seen.includes("connect"));
  end.abort();
  await rejects(opened, { name: "AbortError" });
  await until("the connection is closed", () => broker.open.size === 0);
});

Deno.test("a broker that names 0 messages on their way, which means nothing, gets messages: the bench waited for ever", async () => {
  await using broker = await brokerOf({ receiveMaximum: 0 });
  await broker.connection.publish("lab/x", "{}");
});

Deno.test("the address of a web server, in place of a broker's: the log says what to correct", async () => {
  const server = createServer((socket) =>
    void socket.on("error", () => {}).resume().end("HTTP/1.1 400 Bad Request\r\n\r\n")
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const options = optionsFor(server.address() as AddressInfo);
  await rejects(BrokerConnection.open(options), (error) => {
    match(brokerNotReached(error, options), /does not answer as a broker: correct the port, or use mqtts/);
    return true;
  });
  await new Promise((resolve) => server.close(resolve));
});
