import { getLogger } from "@logtape/logtape";
import { deadline, delay, keepConnected, type OpenConnection, Semaphore, untilAborted } from "../async/mod.ts";
import { timestamp } from "../async/clock.ts";
import type { Device } from "../device/device.ts";
import { type DeviceRun, DeviceRuns, type FollowedBench } from "../device/device_runs.ts";
import { messageOf } from "../errors.ts";
import { announcedStatus } from "../hub/announced_status.ts";
import type { RecordedPast } from "../hub/past.ts";
import { BrokerConnection } from "./broker_connection.ts";
import { TopicPublisher } from "./topic_publisher.ts";
import { placeIn } from "./frames.ts";
import { type MqttOptions, rootOf } from "./mqtt_options.ts";
import { benchTopic, deviceOf, deviceTopic } from "./topics.ts";

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
 * Publishes a bench to a broker of MQTT: its devices' states, which the broker keeps, and their events. It takes no commands:
 * a message of MQTT does not say who has sent it. Without the broker the bench goes on.
 */
export class MqttPublisher {
  readonly #parts: MqttPublisherParts;
  readonly #root: string;
  readonly #end = new AbortController();
  readonly #over: Promise<void>;
  readonly #readings = new Semaphore(MAX_READINGS);
  /** They go on with their places over the next connection. */
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

  /** Sends what is left, and ends the connection. Never rejects. */
  async close(): Promise<void> {
    this.#end.abort();
    await deadline(this.#over, 2 * CLOSE_MS).catch(() => {});
  }

  async #run(): Promise<void> {
    await keepConnected(() => this.#open(), (opened) => this.#serve(opened), {
      signal: this.#end.signal,
      backoff: RETRY,
      failed: (error) => logger.warn("The broker is not reached: {error}; trying again", { error: messageOf(error) }),
    });
  }

  async #open(): Promise<BrokerConnection> {
    const { options } = this.#parts;
    const connection = await BrokerConnection.open(options);
    logger.info("connected to the broker {broker} as {bench}", { broker: options.broker, bench: options.bench });
    return connection;
  }

  /** Until the daemon or the connection ends. */
  async #serve({ connection, signal, lost }: OpenConnection<BrokerConnection>): Promise<void> {
    connection.closed.then(lost);
    const publishers = new DeviceRuns((device) => this.#publisherOver(connection, device), signal);
    try {
      await this.#begin(connection);
      publishers.follow(this.#parts.bench);
      this.#isConnected = true;
      const announcing = this.#announceStatus(connection, (device) => publishers.isRunning(device), signal).catch(lost);
      await untilAborted(signal);
      await announcing;
      if (this.#end.signal.aborted) await deadline(this.#finish(connection, publishers), CLOSE_MS).catch(() => {});
    } finally {
      this.#isConnected = false;
      publishers.stop();
      await publishers.over();
      await connection.close();
    }
  }

  /** Says that the bench is there, and reads what the broker has kept: also of devices that went while it was away. */
  async #begin(connection: BrokerConnection): Promise<void> {
    const { bench } = this.#parts;
    const kept = await connection.retained(deviceTopic(this.#root, "+", "last"));
    const status = await connection.retained(deviceTopic(this.#root, "+", "status"));
    const known = new Set(bench.devices().map(({ id }) => id));
    const gone = [...kept.keys(), ...status.keys()].map((topic) => deviceOf(this.#root, topic));
    await this.#clear(connection, [...new Set(gone)].filter((id) => !known.has(id)));
    this.#kept = kept;
    await this.#announce(connection, true);
  }

  async #announce(connection: BrokerConnection, online: boolean): Promise<void> {
    const { options: { bench }, bench: { epoch }, version } = this.#parts;
    const text = JSON.stringify({ bench, version, epoch, online, at: timestamp() });
    await connection.publish(benchTopic(this.#root), text, { retain: true });
  }

  /** The messages that the broker keeps of devices that are gone. */
  async #clear(connection: BrokerConnection, ids: string[]): Promise<void> {
    for (const id of ids) {
      for (const kind of ["status", "last"] as const) {
        await connection.publish(deviceTopic(this.#root, id, kind), "", { retain: true });
      }
    }
  }

  /**
   * Publishes the status of each device when it changes, until the signal aborts.
   *
   * @param isThere Asked right before: a device may be removed while another one's status is sent.
   */
  async #announceStatus(
    connection: BrokerConnection,
    isThere: (device: Device) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const published = new Map<Device, string>();
    while (!signal.aborted) {
      for (const device of this.#parts.bench.devices()) {
        if (!isThere(device)) continue;
        const text = announcedStatus(device);
        if (published.get(device) === text) continue;
        await connection.publish(deviceTopic(this.#root, device.id, "status"), text, { retain: true });
        published.set(device, text);
      }
      await delay(LOOK_MS, { signal }).catch(() => {});
    }
  }

  async #finish(connection: BrokerConnection, publishers: DeviceRuns<DeviceRun>): Promise<void> {
    await publishers.flush();
    await this.#announce(connection, false);
  }

  /** Publishes the stream of a device over one connection. */
  #publisherOver(connection: BrokerConnection, device: Device): DeviceRun {
    const publisher = this.#publisherOf(device);
    const topic = deviceTopic(this.#root, device.id, "last");
    const kept = placeIn(this.#kept?.get(topic));
    // A device that is added later with this id is another one.
    this.#kept?.delete(topic);
    return {
      run: (signal) => publisher.run(connection, kept, signal),
      flush: () => publisher.flush(connection),
      clear: () => this.#clear(connection, [device.id]),
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
