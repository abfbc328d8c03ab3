import { getLogger } from "@logtape/logtape";
import { deadline, delay, keepTrying, Semaphore } from "../async/mod.ts";
import { timestamp } from "../async/clock.ts";
import type { Device } from "../device/device.ts";
import type { BenchListener } from "../device/device_table.ts";
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

/** After a connection of this length, the pauses begin again at the shortest. */
const SETTLED_MS = 10_000;

/** The time to send the rest when the daemon ends. */
const CLOSE_MS = 2_000;

/** The time between two looks at the states of devices. */
const LOOK_MS = 500;

/** The devices whose recordings are read at a time. */
const MAX_READINGS = 2;

const logger = getLogger(["labdaemon", "mqtt"]);

/** The bench as the broker gets it. */
export interface PublishedBench {
  readonly epoch: string;
  devices(): Device[];
  listen(listener: BenchListener): () => void;
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
  readonly #publishers = new Map<Device, TopicPublisher>();
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
    const { options } = this.#parts;
    const { signal } = this.#end;
    await keepTrying(async (succeeded) => {
      const connection = await BrokerConnection.open(options);
      logger.info("connected to the broker {broker} as {bench}", { broker: options.broker, bench: options.bench });
      const start = performance.now();
      await this.#serve(connection).finally(() => {
        if (performance.now() - start > SETTLED_MS) succeeded();
      });
    }, {
      signal,
      backoff: RETRY,
      failed: (error) => logger.warn("The broker is not reached: {error}; trying again", { error: messageOf(error) }),
    });
  }

  /** Until the daemon or the connection ends. */
  async #serve(connection: BrokerConnection): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#end.signal, over.signal]);
    const fail = (error: unknown) => over.abort(error);
    connection.closed.then(fail);
    const running = new Map<Device, { end: AbortController; over: Promise<void> }>();
    /** The rest of removed devices, by their ids, until it is sent: a device with such an id begins behind it. */
    const leaving = new Map<string, Promise<void>>();
    const add = (device: Device) => {
      const end = new AbortController();
      const kept = placeIn(this.#kept?.get(deviceTopic(this.#root, device.id, "last")));
      const publisher = this.#publisherOf(device);
      const run = () => publisher.run(connection, kept, AbortSignal.any([signal, end.signal]));
      running.set(device, { end, over: leaving.get(device.id)?.then(run) ?? run() });
    };
    const remove = (device: Device) => {
      const { end, over } = running.get(device) ?? {};
      const publisher = this.#publisherOf(device);
      running.delete(device);
      this.#publishers.delete(device);
      this.#kept?.delete(deviceTopic(this.#root, device.id, "last"));
      end?.abort();
      // What it has said at last, before the broker keeps nothing of it.
      const left: Promise<void> = Promise.resolve(over).then(() => publisher.flush(connection))
        .then(() => this.#clear(connection, [device.id])).catch(() => {})
        .then(() => {
          if (leaving.get(device.id) === left) leaving.delete(device.id);
        });
      leaving.set(device.id, left);
    };
    let stopListening = () => {};
    try {
      await this.#begin(connection);
      const { bench } = this.#parts;
      stopListening = bench.listen({ added: add, removed: remove });
      bench.devices().forEach(add);
      this.#isConnected = true;
      const isThere = (device: Device) => running.has(device) && !leaving.has(device.id);
      const announcing = this.#announceStatus(connection, isThere, signal).catch(fail);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve());
      });
      await announcing;
      if (this.#end.signal.aborted) await deadline(this.#finish(connection, running), CLOSE_MS).catch(() => {});
    } finally {
      this.#isConnected = false;
      stopListening();
      over.abort();
      await Promise.all([...running.values()].map(({ over }) => over));
      await connection.close();
    }
    if (!this.#end.signal.aborted) throw over.signal.reason;
  }

  /** Says that the bench is there, and reads what the broker has kept: also of devices that went while it was away. */
  async #begin(connection: BrokerConnection): Promise<void> {
    const { bench } = this.#parts;
    const kept = await connection.retained(deviceTopic(this.#root, "+", "last"));
    const status = await connection.retained(deviceTopic(this.#root, "+", "status"));
    const devices = new Set(bench.devices());
    for (const device of this.#publishers.keys()) if (!devices.has(device)) this.#publishers.delete(device);
    const known = new Set([...devices].map(({ id }) => id));
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

  async #finish(connection: BrokerConnection, running: Map<Device, { over: Promise<void> }>): Promise<void> {
    await Promise.all([...running].map(async ([device, { over }]) => {
      await over;
      await this.#publisherOf(device).flush(connection);
    }));
    await this.#announce(connection, false);
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
