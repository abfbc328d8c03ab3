import { getLogger } from "@logtape/logtape";
import { deadline, delay, keepConnected, type OpenConnection, Semaphore, untilAborted } from "../async/mod.ts";
import type { Device } from "../device/device.ts";
import { type DeviceRun, DeviceRuns, type FollowedBench } from "../device/device_runs.ts";
import { announcedStatus } from "../hub/announced_status.ts";
import type { RecordedPast } from "../hub/past.ts";
import { BrokerConnection } from "./broker_connection.ts";
import { TopicPublisher } from "./topic_publisher.ts";
import { placeIn } from "./frames.ts";
import { KeptMessages } from "./kept_messages.ts";
import { type MqttOptions, rootOf } from "./mqtt_options.ts";
import { brokerNotReached } from "./refusals.ts";
import { deviceTopic } from "./topics.ts";

/** The pauses between two attempts to reach the broker. */
const RETRY = { initialDelayMs: 1_000, maxDelayMs: 30_000 };

/** The time to send the rest when the daemon ends. */
const CLOSE_MS = 2_000;

/** The time between two looks at the states of devices. */
const LOOK_MS = 500;

/** The devices whose recordings are read at a time. */
const MAX_READINGS = 2;

const logger = getLogger(["labdaemon", "mqtt"]);

/** The bench as the broker gets it. */
export interface PublishedBench extends FollowedBench {
  readonly epoch: string;
}

/** The parts of {@linkcode MqttPublisher}. */
export interface MqttPublisherParts {
  options: MqttOptions;
  bench: PublishedBench;
  /** The source of all that the rings no longer have. */
  recorded?: RecordedPast;
  version: string;
}

/**
 * Publishes a bench to an MQTT broker: the states of its devices, which the broker retains, and their events. It takes
 * no commands, because an MQTT message does not name its sender. Without the broker, the bench continues.
 */
export class MqttPublisher {
  readonly #parts: MqttPublisherParts;
  readonly #root: string;
  readonly #end = new AbortController();
  readonly #over: Promise<void>;
  readonly #readings = new Semaphore(MAX_READINGS);
  /** The publishers, with their places, which continue over the next connection. */
  readonly #publishers = new WeakMap<Device, TopicPublisher>();
  /** The messages that the broker had kept when it was reached last. */
  #kept: Map<string, string> | undefined;
  #isConnected = false;

  constructor(parts: MqttPublisherParts) {
    this.#parts = parts;
    this.#root = rootOf(parts.options);
    this.#over = this.#run();
  }

  /** True while the broker is reached. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Sends the rest, and ends the connection. Never rejects. */
  async close(): Promise<void> {
    this.#end.abort();
    await deadline(this.#over, 2 * CLOSE_MS).catch(() => {});
  }

  async #run(): Promise<void> {
    await keepConnected(() => this.#open(), (opened) => this.#serve(opened), {
      signal: this.#end.signal,
      backoff: RETRY,
      failed: (error) =>
        logger.warn("The broker is not reached, and what the bench publishes waits: {error}; trying again", {
          error: brokerNotReached(error, this.#parts.options),
        }),
    });
  }

  async #open(): Promise<BrokerConnection> {
    const { options } = this.#parts;
    const connection = await BrokerConnection.open(options, { signal: this.#end.signal });
    const facts = { broker: options.broker, bench: options.bench, version: connection.version };
    logger.info("connected to the broker {broker} as {bench}, by MQTT {version}", facts);
    return connection;
  }

  /** Until the daemon or the connection ends. */
  async #serve({ connection, signal, lost }: OpenConnection<BrokerConnection>): Promise<void> {
    connection.closed.then(lost);
    const { options, bench, version } = this.#parts;
    const messages = new KeptMessages(connection, options, { epoch: bench.epoch, version });
    const publishers = new DeviceRuns((device) => this.#publisherOver(connection, messages, device), signal);
    let hasLeft = false;
    try {
      this.#kept = await messages.begin(new Set(bench.devices().map(({ id }) => id)));
      publishers.follow(bench);
      this.#isConnected = true;
      const announcing = this.#announceStatus(messages, (device) => publishers.isRunning(device), signal).catch(lost);
      await untilAborted(signal);
      await announcing;
      if (this.#end.signal.aborted) {
        // If the broker refuses events of a device, the end of the bench is published all the same.
        const rest = publishers.flush().catch(() => {}).then(() => messages.announce(false));
        hasLeft = await deadline(rest, CLOSE_MS).catch(() => false);
      }
    } finally {
      this.#isConnected = false;
      publishers.stop();
      await publishers.over();
      // If the end was not published, the connection is dropped: the broker then publishes the last will.
      await (hasLeft ? connection.close() : connection.drop());
    }
  }

  /**
   * Publishes the status of each device when it changes, until the signal aborts. Changed ones are published together:
   * one by one, each would cost a round trip to the broker.
   *
   * @param isThere False for a removed device: a status published now would follow the message that clears it.
   */
  async #announceStatus(
    messages: KeptMessages,
    isThere: (device: Device) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const published = new WeakMap<Device, string>();
    while (!signal.aborted) {
      await Promise.all(
        this.#parts.bench.devices().filter(isThere).map(async (device) => {
          const text = announcedStatus(device);
          if (published.get(device) === text) return;
          await messages.status(device.id, text, signal);
          published.set(device, text);
        }),
      );
      await delay(LOOK_MS, { signal }).catch(() => {});
    }
  }

  /** Publishes the stream of a device over one connection. */
  #publisherOver(connection: BrokerConnection, messages: KeptMessages, device: Device): DeviceRun {
    const publisher = this.#publisherOf(device);
    const topic = deviceTopic(this.#root, device.id, "last");
    const kept = placeIn(this.#kept?.get(topic));
    // A device that is added later with this id is another one.
    this.#kept?.delete(topic);
    return {
      run: (signal) => publisher.run(connection, kept, signal),
      flush: () => publisher.flush(connection),
      clear: () => messages.clear(device.id),
    };
  }

  #publisherOf(device: Device): TopicPublisher {
    const known = this.#publishers.get(device);
    if (known) return known;
    const { recorded } = this.#parts;
    const publisher = new TopicPublisher(device.log, this.#root, {
      recorded,
      enter: (signal) => this.#readings.enter(signal),
    });
    this.#publishers.set(device, publisher);
    return publisher;
  }
}
