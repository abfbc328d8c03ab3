import { getLogger } from "@logtape/logtape";
import { delay, keepTrying } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import { type CursorOptions, DeviceCursor } from "../hub/device_cursor.ts";
import type { Batch } from "../hub/past.ts";
import type { PastPlace } from "../stream/past/recorded_part.ts";
import type { StreamLog } from "../stream/stream_log.ts";
import type { BrokerConnection } from "./broker_connection.ts";
import { isOneEvent, type Last, lastOf, payloadOf } from "./frames.ts";
import { RefusedError } from "./refusals.ts";
import { deviceTopic } from "./topics.ts";

/** The events of this time are one message. */
const PERIOD_MS = 100;

/** The limit of a message: all known brokers take 128 KiB. A longer event is a message of its own. */
const MAX_BATCH_BYTES = 100 * 1024;

/** The retained message `last` of a device is renewed at most once in this time. */
const LAST_MS = 1_000;

/** The pauses after a refusal. */
const RETRY = { initialDelayMs: 1_000, maxDelayMs: 30_000 };

const logger = getLogger(["labdaemon", "mqtt"]);

/**
 * Publishes the stream of a device, in order, over one connection after the other. The place moves when the broker has
 * acknowledged a message.
 */
export class TopicPublisher {
  readonly #log: StreamLog;
  readonly #root: string;
  readonly #cursor: DeviceCursor;
  #hasPlace = false;
  #last: Last | undefined;
  /** The time of the last renewal of the retained message; if `#isDue`, there is something newer to retain. */
  #lastMs = -Infinity;
  #isDue = false;
  /** The limit of a batch in bytes; halved when the broker refuses one as too large. */
  #maxBytes = MAX_BATCH_BYTES;
  /** Why the broker refused the last retained message. */
  #refusal: string | undefined;

  constructor(log: StreamLog, root: string, options: CursorOptions) {
    this.#log = log;
    this.#root = root;
    this.#cursor = new DeviceCursor(log, options);
  }

  /**
   * Publishes until the signal aborts or the connection ends. Never rejects.
   *
   * @param kept The place up to which the broker had all when the daemon was started.
   */
  async run(connection: BrokerConnection, kept: PastPlace | undefined, signal: AbortSignal): Promise<void> {
    this.#maxBytes = MAX_BATCH_BYTES;
    await keepTrying(async (succeeded) => {
      await this.#findPlace(kept);
      while (!signal.aborted) {
        await this.#publishNext(connection, signal);
        succeeded();
      }
    }, {
      signal,
      backoff: RETRY,
      failed: (error) => {
        const facts = { device_id: this.#log.deviceId, error: messageOf(error) };
        logger.warn("The broker does not take the events of {device_id}, which wait: {error}", facts);
      },
    });
    await this.#cursor.close();
  }

  /** Publishes all that the ring has, when the daemon ends or the device goes: as far as the broker takes it. */
  async flush(connection: BrokerConnection): Promise<void> {
    const read = () => this.#cursor.readRing(this.#maxBytes);
    try {
      for (let batch = read(); batch; batch = read()) await this.#publishOrHalve(connection, batch);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
    }
    if (this.#isDue) await this.#keep(connection);
  }

  async #findPlace(kept: PastPlace | undefined): Promise<void> {
    if (this.#hasPlace) return await this.#cursor.again();
    // Without a retained place, publishing begins with the oldest entry of the ring.
    await this.#cursor.moveTo(kept ?? { epoch: this.#log.epoch, sequence: this.#log.oldest });
    this.#hasPlace = true;
  }

  async #publishNext(connection: BrokerConnection, signal: AbortSignal): Promise<void> {
    await this.#somethingNew(signal);
    if (signal.aborted) return;
    const batch = this.#cursor.hasMore ? await this.#cursor.read(this.#maxBytes, signal) : undefined;
    if (batch && !await this.#publishOrHalve(connection, batch)) return;
    if (this.#isDue && performance.now() - this.#lastMs >= LAST_MS) await this.#keep(connection);
    // A backlog is published without a pause.
    const isLive = !this.#cursor.isBehind && (batch?.bytes.length ?? 0) < this.#maxBytes / 2;
    if (isLive) await delay(PERIOD_MS, { signal }).catch(() => {});
  }

  /** Publishes a batch. Returns false if it is too large for the broker: the next one is half as large. */
  async #publishOrHalve(connection: BrokerConnection, batch: Batch): Promise<boolean> {
    try {
      await this.#publish(connection, batch);
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError && error.isTooLarge) || isOneEvent(batch)) throw error;
      this.#maxBytes = Math.max(1, batch.bytes.length >> 1);
      await this.#cursor.again();
      return false;
    }
  }

  async #publish(connection: BrokerConnection, batch: Batch): Promise<void> {
    await connection.publish(deviceTopic(this.#root, this.#log.deviceId, "events"), payloadOf(batch));
    await this.#cursor.accept(batch);
    this.#last = lastOf(batch, this.#last);
    this.#isDue = true;
  }

  async #keep(connection: BrokerConnection): Promise<void> {
    this.#isDue = false;
    this.#lastMs = performance.now();
    const topic = deviceTopic(this.#root, this.#log.deviceId, "last");
    try {
      await connection.publish(topic, JSON.stringify(this.#last), { retain: true });
      this.#refusal = undefined;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // Events are still published. The same refusal, lengths aside, is logged once.
      const refusal = error.message.replace(/\d+ bytes/, "");
      if (this.#refusal === refusal) return;
      this.#refusal = refusal;
      const facts = { device_id: this.#log.deviceId, error: error.message };
      logger.warn(
        "The broker does not keep the place after which the next run of the daemon continues {device_id}: {error}",
        facts,
      );
    }
  }

  async #somethingNew(signal: AbortSignal): Promise<void> {
    if (this.#cursor.hasMore) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    const unsubscribe = this.#log.subscribe(end);
    signal.addEventListener("abort", end);
    // The newest sample is retained also if the stream has stopped.
    const timer = this.#isDue ? setTimeout(end, LAST_MS) : undefined;
    if (this.#cursor.hasMore) end();
    await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    unsubscribe();
  }
}
