import { getLogger } from "@logtape/logtape";
import { backoffDelay, delay } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import type { StreamLog } from "../stream/stream_log.ts";
import { type HubConnection, requireStream } from "./hub_connection.ts";
import { type Batch, LogReader } from "./log_reader.ts";
import { dataSubject, streamName } from "./names.ts";

/** The frames of this time are one message. */
const PERIOD_MS = 100;

/** A message is no larger, whatever the server takes; the rest is for its headers. */
const MAX_BATCH_BYTES = 900 * 1024;

/** The pauses after a failure. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 5_000 };

/** The headers of a message with frames. */
export const FRAME_HEADERS = {
  device: "Lab-Device",
  epoch: "Lab-Epoch",
  first: "Lab-First",
  next: "Lab-Next",
  count: "Lab-Count",
  entry: "Lab-Entry",
  log: "Lab-Log",
  encoding: "Lab-Encoding",
} as const;

/** The logs of this process: a device that is added again has another one, in the same epoch. */
const logIds = new WeakMap<StreamLog, string>();
let lastLogId = 0;

const logger = getLogger(["labdaemon", "hub"]);

/**
 * Publishes the log of a device: each entry once and in order. The stream of the hub has the place: after a cut, and after a
 * restart of either side, it goes on behind the last message there.
 */
export class DevicePublisher {
  readonly #hub: HubConnection;
  readonly #bench: string;
  readonly #reader: LogReader;
  readonly #subject: string;
  readonly #logId: string;
  /** The number of the newest message of its subject. */
  #lastSequence = 0;
  /** When the stream was made that the place belongs to. */
  #created: string | undefined;

  constructor(hub: HubConnection, bench: string, log: StreamLog) {
    this.#hub = hub;
    this.#bench = bench;
    this.#reader = new LogReader(log);
    this.#subject = dataSubject(bench, log.deviceId);
    this.#logId = logIds.get(log) ?? `${++lastLogId}`;
    logIds.set(log, this.#logId);
  }

  /** Publishes until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#findPlace();
        while (!signal.aborted) {
          await this.#publishNext(signal);
          failures = 0;
        }
      } catch (error) {
        if (signal.aborted) return;
        const facts = { device_id: this.#reader.log.deviceId, error: messageOf(error) };
        if (failures === 0) logger.warn("The hub does not take the samples of {device_id}: {error}", facts);
        await delay(backoffDelay(failures++, RETRY), { signal }).catch(() => {});
      }
    }
  }

  /** Publishes all that the log has, when the daemon ends. */
  async flush(): Promise<void> {
    for (let batch = this.#read(); batch; batch = this.#read()) await this.#publish(batch);
  }

  async #publishNext(signal: AbortSignal): Promise<void> {
    await this.#somethingNew(signal);
    if (signal.aborted) return;
    const batch = this.#read();
    if (!batch) return;
    await this.#publish(batch);
    // What has gathered meanwhile goes at once.
    if (batch.bytes.length < MAX_BATCH_BYTES / 2) await delay(PERIOD_MS, { signal }).catch(() => {});
  }

  #read(): Batch | undefined {
    return this.#reader.read(Math.min(MAX_BATCH_BYTES, (this.#hub.nats.info?.max_payload ?? Infinity) - 2_048));
  }

  async #publish({ bytes, first, next, count, entry }: Batch): Promise<void> {
    const { epoch, deviceId } = this.#reader.log;
    const headers = this.#hub.headers();
    const values = { device: deviceId, epoch, first, next, count, entry, log: this.#logId, encoding: "sse" };
    for (const [key, value] of Object.entries(values)) {
      headers.set(FRAME_HEADERS[key as keyof typeof FRAME_HEADERS], String(value));
    }
    const { seq } = await this.#hub.js.publish(this.#subject, bytes, {
      headers,
      // An event without samples has the number of the sample behind it.
      msgID: count > 0 ? `${deviceId}/${epoch}-${first}` : `${deviceId}/${epoch}-${first}/${this.#logId}.${entry}`,
      expect: { lastSubjectSequence: this.#lastSequence },
    });
    this.#lastSequence = seq;
    this.#reader.moveTo({ entry, sequence: next });
  }

  /** Goes on behind the newest message of the hub, whoever has sent it. */
  async #findPlace(): Promise<void> {
    const { manager } = this.#hub;
    const created = await requireStream(manager, this.#bench);
    const isSame = created === this.#created;
    this.#created = created;
    const last = await manager.streams.getMessage(streamName(this.#bench), { last_by_subj: this.#subject });
    this.#lastSequence = last?.seq ?? 0;
    if (!last) {
      // The stream has dropped all messages by its limits: they were there. Or it is a new one, which gets all that is left.
      if (!isSame) this.#reader.moveToOldest();
      return;
    }
    const number = (name: string) => Number(last.header.get(name));
    const sequence = number(FRAME_HEADERS.next);
    const isOfRun = last.header.get(FRAME_HEADERS.epoch) === this.#reader.log.epoch;
    const isOfLog = isOfRun && last.header.get(FRAME_HEADERS.log) === this.#logId;
    if (isOfRun) this.#reader.moveTo({ entry: isOfLog ? number(FRAME_HEADERS.entry) : 0, sequence });
    else this.#reader.moveToOldest(sequence);
  }

  async #somethingNew(signal: AbortSignal): Promise<void> {
    if (this.#reader.hasMore) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const unsubscribe = this.#reader.log.subscribe(resolve);
    const end = () => resolve();
    signal.addEventListener("abort", end);
    if (this.#reader.hasMore) resolve();
    await promise;
    signal.removeEventListener("abort", end);
    unsubscribe();
  }
}
