/** A broker that names a limit of messages on their way, and counts them. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";
import { BrokerConnection } from "../../lib/mqtt/broker_connection.ts";
import { until } from "../support/until.ts";

Deno.test("a broker that takes two messages at a time is never sent a third one", async () => {
  const waiting: number[] = [];
  let most = 0;
  let line: Socket | undefined;
  const send = (packet: unknown) => line!.write(generate(packet as Packet, { protocolVersion: 5 }));
  const server = createServer((socket) => {
    line = socket;
    const reader = parser({ protocolVersion: 5 });
    reader.on("packet", (packet: Packet) => {
      if (packet.cmd === "connect") {
        send({ cmd: "connack", sessionPresent: false, reasonCode: 0, properties: { receiveMaximum: 2 } });
      }
      if (packet.cmd !== "publish") return;
      waiting.push(packet.messageId!);
      most = Math.max(most, waiting.length);
    });
    socket.on("data", (bytes) => void reader.parse(bytes as Buffer));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connection = await BrokerConnection.open({ broker: `mqtt://127.0.0.1:${port}`, bench: "lab3", prefix: "lab" });
  const sent = Array.from({ length: 7 }, (_, i) => connection.publish(`lab/${i}`, "{}"));
  for (let acknowledged = 0; acknowledged < sent.length; acknowledged++) {
    // All that it may send has come.
    await until("the next ones have come", () => waiting.length === Math.min(2, sent.length - acknowledged));
    send({ cmd: "puback", messageId: waiting.shift(), reasonCode: 0 });
  }
  await Promise.all(sent);
  equal(most, 2);
  await connection.drop();
  server.close();
});
