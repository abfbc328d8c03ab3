import { getLogger } from "@logtape/logtape";
import { keepTrying, Ticks } from "../async/mod.ts";
import { messageOf } from "../errors.ts";
import { gapFrame } from "../stream/frame.ts";
import type { StreamLog } from "../stream/stream_log.ts";
import type { AckWindow } from "./ack_window.ts";
import type { CatchUpPace } from "./catch_up_pace.ts";
import { type CursorOptions, DeviceCursor } from "./device_cursor.ts";
import { COLUMNS, COMPRESSED, type EncodedFrames, encodeFrames, PLAIN } from "./encoded_frames.ts";
import { FRAME_HEADERS, framePlace } from "./frame_message.ts";
import { type HubConnection, maxBodyBytes, requireStream } from "./hub_connection.ts";
import type { Compressed } from "./hub_options.ts";
import type { Link } from "./link.ts";
import { dataSubject } from "./names.ts";
import type { Batch } from "./past.ts";
import { mayHaveDropped, newestMessage } from "./stream_watch.ts";

/** Live frames are sent once in this period. All devices send at the same ticks, so that one write carries them. */
const PERIOD_MS = 100;
const TICKS = new Ticks(PERIOD_MS);

/** The limit of a message, whatever the server takes; the rest is for its headers. */
const MAX_BATCH_BYTES = 900 * 1024;

/** The pauses after a failure. */
const RETRY = { initialDelayMs: 200, maxDelayMs: 5_000 };

const logger = getLogger(["labdaemon", "hub"]);

/** The parts of {@linkcode DevicePublisher}. */
export interface PublisherParts extends Omit<CursorOptions, "compressPast"> {
  hub: HubConnection;
  bench: string;
  log: StreamLog;
  /** The larger messages that are compressed; by default `catch-up`. */
  compress?: Compressed;
  /** The state of the connection. */
  link?: Link;
  /** The messages of devices that catch up that are on their way. */
  window?: AckWindow;
  /**
   * Called before a message of a device that catches up; it may wait for other devices. Returns the function that ends
   * the turn.
   */
  turn?: (signal: AbortSignal) => Promise<() => void>;
  /** The pauses between two such messages. */
  pace?: CatchUpPace;
  /** The number of devices that share the stream of the bench. */
  devices: () => number;
}

/**
 * Publishes the stream of a device: each frame once and in order. The stream of the hub has the place: after a cut, and after a
 * restart of either side, it goes on behind the last message there.
 */
export class DevicePublisher {
  readonly #parts: PublisherParts;
  readonly #cursor: DeviceCursor;
  readonly #subject: string;
  /** The number of the newest message of its subject. */
  #lastSequence = 0;
  /** When that was sent, in milliseconds of the monotonic clock. */
  #lastMs = -Infinity;
  /** The creation time of the hub's stream: another time means another stream. */
  #created: string | undefined;
  /** A suffix of message ids, new after each purge: the server may reject ids of purged messages as duplicates. */
  #fill = "";
  #isOutdated = false;
  #wake = () => {};

  constructor(parts: PublisherParts) {
    const { bench, log, recorded, enter, compress } = parts;
    this.#parts = parts;
    this.#cursor = new DeviceCursor(log, { recorded, enter, compressPast: compress !== "none" });
    this.#subject = dataSubject(bench, log.deviceId);
  }

  /** Publishes until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await keepTrying(async (succeeded) => {
      await this.#parts.link?.up(signal);
      if (signal.aborted) return;
      await this.#findPlace();
      while (!signal.aborted && !this.#isOutdated) {
        await this.#publishNext(signal);
        succeeded();
      }
    }, {
      signal,
      backoff: RETRY,
      failed: (error) => {
        const facts = { device_id: this.#parts.log.deviceId, error: messageOf(error) };
        logger.warn("The hub does not take the samples of {device_id}: {error}", facts);
      },
    });
    await this.#cursor.close();
  }

  /** Reads the place at the hub again, because the hub may have lost messages. */
  lookAgain(): void {
    this.#isOutdated = true;
    this.#wake();
  }

  /** Publishes all that the ring has, when the daemon ends. */
  async flush(): Promise<void> {
    const read = () => this.#cursor.readRing(this.#maxBytes);
    for (let batch = read(); batch; batch = read()) await this.#publish(batch);
  }

  async #publishNext(signal: AbortSignal): Promise<void> {
    await this.#somethingNew(signal);
    if (signal.aborted || this.#isOutdated) return;
    const batch = await this.#cursor.read(this.#maxBytes, signal);
    if (!batch) return;
    if (this.#isLive(batch)) {
      await this.#publish(batch);
      return await TICKS.next(signal);
    }
    // A backlog is sent without waiting for a tick. Live readers get their turn between two of its messages.
    const { turn, window, pace } = this.#parts;
    const leave = await turn?.(signal) ?? (() => {});
    const answered = await window?.enter(signal);
    const start = performance.now();
    const published = this.#publish(batch).finally(answered);
    const pause = Promise.resolve(pace?.pause(batch.count, performance.now() - start, signal)).finally(leave);
    await published;
    await pause;
  }

  /** False for a batch of a backlog: it comes from recordings, or is large. */
  #isLive({ size }: Batch): boolean {
    return !this.#cursor.isBehind && size < this.#maxBytes / 2;
  }

  get #maxBytes(): number {
    return Math.min(MAX_BATCH_BYTES, maxBodyBytes(this.#parts.hub));
  }

  async #publish(batch: Batch): Promise<void> {
    const { first, place: { epoch, sequence: next } } = batch;
    const { hub, log: { deviceId: device } } = this.#parts;
    const { encoding, bytes, count } = this.#taken(batch);
    const headers = hub.headers();
    const values = { device, epoch, first, next, count, encoding };
    for (const [key, value] of Object.entries(values)) {
      headers.set(FRAME_HEADERS[key as keyof typeof FRAME_HEADERS], String(value));
    }
    // An event without samples has the number of the sample behind it.
    const id = count > 0 ? `${device}/${epoch}-${first}` : `${device}/${epoch}-${first}/${this.#lastSequence}`;
    const expect = { lastSubjectSequence: this.#lastSequence };
    const answer = hub.js.publish(this.#subject, bytes, { headers, msgID: id + this.#fill, expect });
    const { seq, duplicate } = await this.#within(answer);
    // The hub has this message, or had it before a purge.
    if (duplicate) throw new Error("it knows this message already");
    this.#lastSequence = seq;
    this.#lastMs = performance.now();
    await this.#cursor.accept(batch);
  }

  /** A batch as the server takes it: a sample that is larger than its messages is a gap. */
  #taken(batch: Batch): EncodedFrames & Pick<Batch, "count"> {
    const limit = maxBodyBytes(this.#parts.hub);
    const { size, first, count, place: { epoch, sequence: next } } = batch;
    if (size <= limit) return { ...this.#encoded(batch), count };
    const { deviceId } = this.#parts.log;
    const facts = { device_id: deviceId, bytes: size, limit };
    logger.warn("{device_id}: {bytes} bytes are too much for a message of the hub, which takes {limit}", facts);
    const gap = { from: first, to: next - 1, reason: "slow-reader" } as const;
    return { encoding: PLAIN, bytes: gapFrame({ deviceId, epoch }, gap, next), count: 0 };
  }

  #encoded(batch: Batch): EncodedFrames {
    if (batch.isColumns) return { encoding: COLUMNS, bytes: batch.bytes };
    if (batch.isCompressed) return { encoding: COMPRESSED, bytes: batch.bytes };
    const { compress = "catch-up" } = this.#parts;
    return encodeFrames(batch, compress === "all" || compress === "catch-up" && !this.#isLive(batch));
  }

  /** Settles as an answer of the hub does; rejects when the connection is cut first. */
  #within<T>(answer: Promise<T>): Promise<T> {
    return this.#parts.link?.within(answer) ?? answer;
  }

  /** Goes on behind the newest message of the hub, whoever has sent it. */
  async #findPlace(): Promise<void> {
    const { hub: { manager }, bench, devices } = this.#parts;
    this.#isOutdated = false;
    const info = await this.#within(requireStream(manager, bench));
    const isSame = info.created === this.#created;
    this.#created = info.created;
    const last = await this.#within(newestMessage(manager, info, this.#subject));
    const own = this.#lastSequence;
    this.#lastSequence = last?.seq ?? 0;
    if (last) {
      const place = framePlace(last);
      // A second daemon of this name has sent the last message: this one's place stays as it is.
      const isOfAnother = isSame && last.seq > own && this.#cursor.isInPresent && place.epoch !== this.#parts.log.epoch;
      return await (isOfAnother ? this.#cursor.again() : this.#cursor.moveTo(place));
    }
    // The stream has dropped the messages because of its limits: the hub had stored them.
    if (isSame && mayHaveDropped(info, performance.now() - this.#lastMs)) return await this.#cursor.again();
    this.#fill = isSame ? `/${Date.now()}` : "";
    const { max_bytes: maxBytes, max_age: maxAge } = info.config;
    await this.#cursor.moveTo(undefined, {
      ...maxBytes > 0 && { maxBytes: maxBytes / devices() },
      ...maxAge > 0 && { since: Date.now() - Math.ceil(maxAge / 1e6) },
    });
  }

  async #somethingNew(signal: AbortSignal): Promise<void> {
    if (this.#cursor.hasMore) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const unsubscribe = this.#parts.log.subscribe(resolve);
    this.#wake = resolve;
    const end = () => resolve();
    signal.addEventListener("abort", end);
    if (this.#cursor.hasMore || this.#isOutdated) resolve();
    await promise;
    signal.removeEventListener("abort", end);
    unsubscribe();
  }
}
