import type { Buffer } from "node:buffer";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";

/** A message that a broker gets, with the quality of service 1. */
export type Published = Packet & { cmd: "publish"; topic: string; messageId: number };

/** The answers of a broker. */
export interface BrokerScript {
  /** What it says when it takes a connection. */
  properties?: object;
  /** False: it never answers one who connects. */
  takes?: boolean;
  /** Gets each message in place of the broker, which acknowledges all by itself. */
  take?: (message: Published, acknowledge: (id: number) => void, cut: () => void) => void;
}

/** A broker of MQTT 5 that does what a test says, and keeps nothing. */
export interface ScriptedBroker extends AsyncDisposable {
  readonly port: number;
  /** What it was sent. */
  readonly seen: Packet["cmd"][];
  /** The connections that are open. */
  readonly open: ReadonlySet<Socket>;
}

/** Starts a broker. */
export async function scriptedBroker(
  { properties = {}, takes = true, take = ({ messageId }, acknowledge) => acknowledge(messageId) }: BrokerScript,
): Promise<ScriptedBroker> {
  const seen: Packet["cmd"][] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    const send = (packet: unknown) => void socket.write(generate(packet as Packet, { protocolVersion: 5 }));
    const reader = parser({ protocolVersion: 5 });
    reader.on("packet", (packet: Packet) => {
      const { cmd, messageId } = packet;
      seen.push(cmd);
      if (cmd === "connect" && takes) send({ cmd: "connack", sessionPresent: false, reasonCode: 0, properties });
      if (cmd === "subscribe") send({ cmd: "suback", messageId, granted: [0], reasonCode: 0 });
      if (cmd === "unsubscribe") send({ cmd: "unsuback", messageId, granted: [0], reasonCode: 0 });
      if (cmd === "pingreq") send({ cmd: "pingresp" });
      if (cmd !== "publish") return;
      const acknowledge = (messageId: number) => send({ cmd: "puback", messageId, reasonCode: 0 });
      take(packet as Published, acknowledge, () => socket.destroy());
    });
    socket.on("data", (bytes) => void reader.parse(bytes as Buffer));
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    open,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
