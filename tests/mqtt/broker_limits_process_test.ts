/** A connection with a broker of this test's own, which sees each packet. */
import { deepStrictEqual as equal, doesNotMatch, ok, rejects } from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";
import { BrokerConnection } from "../../lib/mqtt/broker_connection.ts";
import { until } from "../support/until.ts";

type Message = Packet & { cmd: "publish"; messageId: number };

/** A broker that takes a connection, with some properties, and hands each message to the test. */
async function brokerOf(
  properties: object,
  take: (message: Message, acknowledge: (id: number) => void, cut: () => void) => void,
) {
  const server = createServer((socket) => {
    const send = (packet: unknown) => socket.write(generate(packet as Packet, { protocolVersion: 5 }));
    const reader = parser({ protocolVersion: 5 });
    reader.on("packet", (packet: Packet) => {
      if (packet.cmd === "connect") send({ cmd: "connack", sessionPresent: false, reasonCode: 0, properties });
      if (packet.cmd === "publish") {
        const acknowledge = (messageId: number) => send({ cmd: "puback", messageId, reasonCode: 0 });
        take(packet as Message, acknowledge, () => socket.destroy());
      }
    });
    socket.on("data", (bytes) => void reader.parse(bytes as Buffer));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connection = await BrokerConnection.open({ broker: `mqtt://127.0.0.1:${port}`, bench: "lab3", prefix: "lab" });
  return {
    connection,
    async [Symbol.asyncDispose]() {
      await connection.drop();
      server.close();
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
