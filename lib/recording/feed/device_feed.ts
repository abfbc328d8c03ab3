import { eventFrame, gapFrame } from "../../stream/frame.ts";
import type { Entry } from "../../stream/ring.ts";
import type { StreamLog } from "../../stream/stream_log.ts";
import type { OpenedFeed, RecorderRequest, SegmentLimits } from "../protocol/messages.ts";
import { addEntryPacket } from "./packets.ts";
import { timestamp } from "../../async/clock.ts";

/** What a feed begins with in a recording that has nothing of its device yet. */
export type FeedStart = "now" | "oldest";

/** The options of {@linkcode DeviceFeed}. */
export interface FeedOptions {
  log: StreamLog;
  /** The recording's folder. */
  folder: string;
  start: FeedStart;
  limits?: SegmentLimits;
  /** The event that describes the device. */
  describe: () => Record<string, unknown>;
}

/**
 * A recorder's place in the log of a device. Reading moves it, and the log never waits for it. It is opened at what is stored
 * already, again and again: nothing is stored twice, and what the ring has dropped meanwhile becomes a gap.
 */
export class DeviceFeed {
  readonly log: StreamLog;
  readonly folder: string;
  /** Identifies the entries of this log: their numbers begin with each log. */
  readonly key: string;
  /** Resolves when the recorder has stored all of it after {@linkcode end}. */
  readonly closed: Promise<void>;
  /** The number by which the recorder knows it; each opening has another one. */
  number = 0;
  isOpen = false;
  readonly #startsAt: { entry: number; sequence: number };
  /** The state of the device at the start; `undefined` if the log's own entries have it. */
  readonly #startState: Uint8Array | undefined;
  readonly #limits: SegmentLimits | undefined;
  readonly #describe: () => Record<string, unknown>;
  readonly #resolveClosed: () => void;
  /** The number of the entry to read next, and the sequence number. */
  #entry = 0;
  #sequence = 0;
  /** Events for the recording alone, which come before that; a gap begins at a sequence number of its own. */
  #notices: { bytes: Uint8Array; from?: number }[] = [];
  /** Where it ends, once it is to end. */
  #end: { entry: number; sequence: number } | undefined;
  #isClosing = false;
  #pause: string | undefined;
  /** When the oldest entry was sent that is not known to be stored; by the monotonic clock. */
  #unstoredSince: number | undefined;

  constructor({ log, folder, start, limits, describe }: FeedOptions) {
    this.log = log;
    this.key = keyOf(log);
    this.folder = folder;
    this.#limits = limits;
    this.#describe = describe;
    this.#startState = start === "now" ? log.state : undefined;
    this.#startsAt = start === "now"
      ? { entry: log.ring.nextEntry, sequence: log.sequence }
      : { entry: log.ring.firstEntry, sequence: log.oldest };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
  }

  /** True if it has something to send, or could say that it has ended. */
  get isDrained(): boolean {
    return this.#notices.length === 0 && this.#entry >= (this.#end?.entry ?? this.log.ring.nextEntry);
  }

  /** The time for which something that was sent is not stored, in milliseconds. */
  get unstoredMs(): number {
    return this.#unstoredSince === undefined ? 0 : performance.now() - this.#unstoredSince;
  }

  /** All entries before `entry` are stored. Returns how long that took, in milliseconds. */
  stored(entry: number): number {
    const ms = this.unstoredMs;
    this.#unstoredSince = entry < this.#entry ? performance.now() : undefined;
    return ms;
  }

  /** The recorder's request to begin. */
  openRequest(number: number): RecorderRequest {
    this.number = number;
    this.isOpen = false;
    this.#isClosing = false;
    const { log: { deviceId: device, epoch }, folder, key } = this;
    return { op: "open", feed: number, folder, source: { device, epoch, key }, limits: this.#limits };
  }

  /** The recorder can store nothing, or is gone. */
  suspend(reason: string): void {
    this.isOpen = false;
    this.#unstoredSince = undefined;
    this.#pause ??= reason;
  }

  /** The recorder has it, and this is what is stored. */
  opened({ source, device }: Pick<OpenedFeed, "source" | "device">): void {
    const { log } = this;
    const { epoch } = log;
    this.isOpen = true;
    this.#notices = [];
    if (source) {
      this.#entry = source.entry;
      this.#sequence = source.next;
    } else {
      this.#entry = this.#startsAt.entry;
      this.#sequence = this.#startsAt.sequence;
      if (device && device.epoch !== epoch) {
        const gap = { from: device.next, to: null, reason: "restart" } as const;
        this.#notices.push({ bytes: gapFrame(log, gap, this.#sequence) });
      }
    }
    this.describe();
    if (!source && this.#startState) this.#notices.push({ bytes: this.#startState });
    if (this.#pause !== undefined) {
      this.note("recording", { state: "resumed", reason: this.#pause });
    }
    this.#pause = undefined;
  }

  /** Adds the description of the device: its driver, its params, its units. */
  describe(): void {
    this.note("descriptor", this.#describe());
  }

  /** Adds an event of this recording alone. */
  note(event: string, data: Record<string, unknown>): void {
    if (!this.isOpen) return;
    const about = { device_id: this.log.deviceId, timestamp: timestamp() };
    this.#notices.push({ bytes: eventFrame(event, { ...about, ...data }) });
  }

  /** Ends with what the log has now. */
  end(): void {
    this.#end ??= { entry: this.log.ring.nextEntry, sequence: this.log.sequence };
  }

  /** The request that follows its last entry; `undefined` before that. */
  closeRequest(): RecorderRequest | undefined {
    if (!this.isOpen || !this.#end || this.#isClosing || !this.isDrained) return undefined;
    this.#isClosing = true;
    return { op: "close", feed: this.number };
  }

  /** The recorder has stored all of it, or there is no recorder any more. */
  hasClosed(): void {
    this.isOpen = false;
    this.#resolveClosed();
  }

  /** Adds its next entries to `parts` as packets, some `maxBytes` of them. Returns their bytes. */
  take(parts: Uint8Array[], maxBytes: number): number {
    const { ring } = this.log;
    let bytes = 0;
    while (bytes < maxBytes) {
      const notice = this.#notices.shift();
      if (notice) {
        const { from: first = this.#sequence, bytes: frame } = notice;
        bytes += this.#send(parts, { first, next: this.#sequence, bytes: frame, ends: null }, this.#entry - 1);
        continue;
      }
      const end = this.#end?.entry ?? ring.nextEntry;
      if (this.#entry >= end) break;
      if (this.#entry < ring.firstEntry) {
        this.#overtaken(end);
        continue;
      }
      const entry = ring.entry(this.#entry);
      bytes += this.#send(parts, entry, this.#entry);
      this.#entry++;
      this.#sequence = entry.next;
    }
    return bytes;
  }

  #send(parts: Uint8Array[], entry: Entry, number: number): number {
    this.#unstoredSince ??= performance.now();
    return addEntryPacket(parts, this.number, entry, number);
  }

  /** The ring has dropped what was to be read next: continues with the oldest entry, behind a gap. */
  #overtaken(end: number): void {
    const { ring } = this.log;
    const isBehindEnd = this.#end !== undefined && ring.firstEntry >= end;
    this.#entry = isBehindEnd ? end : ring.firstEntry;
    this.#lostUntil(isBehindEnd ? this.#end!.sequence : this.log.oldest);
    if (!isBehindEnd) this.#repeatState();
  }

  #repeatState(): void {
    if (this.log.state) this.#notices.push({ bytes: this.log.state });
  }

  /** All samples before `next` that were not read are lost. They are stored as a gap of the log is. */
  #lostUntil(next: number): void {
    const from = this.#sequence;
    if (next <= from) return;
    const gap = { from, to: next - 1, reason: "slow-reader" } as const;
    this.#notices.push({ bytes: gapFrame(this.log, gap, next), from });
    this.#sequence = next;
  }
}

const keys = new WeakMap<StreamLog, string>();

function keyOf(log: StreamLog): string {
  const key = keys.get(log) ?? crypto.randomUUID();
  keys.set(log, key);
  return key;
}
