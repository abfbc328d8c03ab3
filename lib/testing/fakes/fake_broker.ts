import { Buffer } from "node:buffer";
import { generate, type Packet, parser } from "mqtt-packet";
import { writeAll } from "../../async/write_all.ts";
import { FakeServer } from "./fake_server.ts";

/** Packets that wait for one client. Messages beyond them are dropped, as a broker may with quality of service 0. */
const MAX_WAITING = 100;

/**
 * A fake MQTT broker for one instrument, on a free port of this machine: it accepts each client, sends what the instrument
 * publishes to those that have subscribed to the topic, and keeps no message.
 */
export class FakeBroker extends FakeServer {
  readonly #clients = new Set<Client>();
  readonly #onMessage: (topic: string, text: string) => void;

  /** @param onMessage Gets each message that a client publishes. */
  constructor(onMessage: (topic: string, text: string) => void) {
    super();
    this.#onMessage = onMessage;
  }

  /** Sends a message to the clients that have subscribed to its topic. */
  publish(topic: string, payload: string): void {
    for (const client of this.#clients) {
      if (!client.topics.has(topic) || client.waiting >= MAX_WAITING) continue;
      client.send({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false });
    }
  }

  protected override async serve(connection: Deno.TcpConn): Promise<void> {
    const client = new Client(connection);
    const packets = parser();
    packets.on("packet", (packet: Packet) => this.#take(client, packet));
    this.#clients.add(client);
    try {
      for await (const bytes of connection.readable) packets.parse(Buffer.from(bytes));
    } finally {
      this.#clients.delete(client);
    }
  }

  #take(client: Client, packet: Packet): void {
    const { messageId } = packet;
    switch (packet.cmd) {
      case "connect":
        return client.send({ cmd: "connack", returnCode: 0, sessionPresent: false });
      case "subscribe":
        for (const { topic } of packet.subscriptions) client.topics.add(topic);
        return client.send({ cmd: "suback", messageId, granted: packet.subscriptions.map(({ qos }) => qos) });
      case "unsubscribe":
        for (const topic of packet.unsubscriptions) client.topics.delete(topic);
        return client.send({ cmd: "unsuback", messageId, granted: [] });
      case "publish":
        if (packet.qos > 0) client.send({ cmd: packet.qos === 1 ? "puback" : "pubrec", messageId });
        return this.#onMessage(packet.topic, String(packet.payload));
      case "pubrel":
        return client.send({ cmd: "pubcomp", messageId });
      case "pingreq":
        return client.send({ cmd: "pingresp" });
    }
  }
}

/** One client: its subscriptions, and the messages for it in order. */
class Client {
  readonly topics = new Set<string>();
  /** The packets that it has not taken yet. */
  waiting = 0;
  readonly #connection: Deno.TcpConn;
  #sent: Promise<void> = Promise.resolve();

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  send(packet: Packet): void {
    const bytes = generate(packet);
    this.waiting++;
    this.#sent = this.#sent.then(() => writeAll(this.#connection, bytes))
      // A client that has left takes nothing.
      .catch(() => {}).finally(() => this.waiting--);
  }
}
