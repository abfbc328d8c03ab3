import { getLogger } from "@logtape/logtape";
import { timestamp } from "../async/clock.ts";
import type { BrokerConnection, PublishOptions } from "./broker_connection.ts";
import { type MqttOptions, rootOf } from "./mqtt_options.ts";
import { RefusedError } from "./refusals.ts";
import { benchTopic, deviceOf, deviceTopic } from "./topics.ts";

const logger = getLogger(["labdaemon", "mqtt"]);

/** The bench, as the broker keeps it. */
export interface KeptBench {
  bench: string;
  version: string;
  epoch: string;
}

/** The messages that a broker keeps of a bench, over one connection. One that it refuses is in the log, and all else goes on. */
export class KeptMessages {
  readonly #connection: BrokerConnection;
  readonly #broker: string;
  readonly #root: string;
  readonly #bench: KeptBench;

  constructor(connection: BrokerConnection, options: MqttOptions, { epoch, version }: Omit<KeptBench, "bench">) {
    this.#connection = connection;
    this.#broker = options.broker;
    this.#root = rootOf(options);
    this.#bench = { bench: options.bench, version, epoch };
  }

  /** The retained `last` messages by topic. Clears the messages of devices without one of the `known` ids. */
  async begin(known: ReadonlySet<string>): Promise<Map<string, string>> {
    const kept = await this.#connection.retained(deviceTopic(this.#root, "+", "last"));
    const status = await this.#connection.retained(deviceTopic(this.#root, "+", "status"));
    const gone = [...kept.keys(), ...status.keys()].map((topic) => deviceOf(this.#root, topic));
    await Promise.all([...new Set(gone).difference(known)].map((id) => this.clear(id)));
    if (await this.announce(true)) await this.#checkThatItKeeps();
    return kept;
  }

  /** Publishes that the bench is online or offline. Returns false if the broker refuses the message. */
  async announce(online: boolean): Promise<boolean> {
    return await this.#publish(benchTopic(this.#root), JSON.stringify({ ...this.#bench, online, at: timestamp() }));
  }

  /** Publishes a status. @param signal Withdraws it while it waits for others. */
  async status(id: string, text: string, signal: AbortSignal): Promise<void> {
    await this.#publish(deviceTopic(this.#root, id, "status"), text, { signal });
  }

  /** Clears the retained messages of a device that is gone. */
  async clear(id: string): Promise<void> {
    const kinds = ["status", "last"] as const;
    await Promise.all(kinds.map((kind) => this.#publish(deviceTopic(this.#root, id, kind), "")));
  }

  async #publish(topic: string, text: string, options: PublishOptions = {}): Promise<boolean> {
    try {
      await this.#connection.publish(topic, text, { ...options, retain: true });
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const facts = { broker: this.#broker, error: error.message };
      logger.warn("The broker {broker} does not keep a retained message: {error}", facts);
      return false;
    }
  }

  /**
   * Reads back a published message. A broker of MQTT 3.1.1 acknowledges a message that its rights do not allow, and
   * drops it. With both versions, a broker gives nothing to a user without the right to read, and reports no error.
   */
  async #checkThatItKeeps(): Promise<void> {
    const topic = benchTopic(this.#root);
    const text = (await this.#connection.retained(topic)).get(topic);
    if (text?.includes(`"epoch":"${this.#bench.epoch}"`)) return;
    logger.warn(
      "The broker {broker} does not give back {topic}, which it has acknowledged: its rights have to allow this user to " +
        "write and to read below {root}/. Until then it may drop what is published, and the next run of the daemon may " +
        "publish some of it again, or leave out what was recorded",
      { broker: this.#broker, topic, root: this.#root },
    );
  }
}
