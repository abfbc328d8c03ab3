import { eventFrame, gapFrame } from "../../stream/frame.ts";
import type { Entry } from "../../stream/ring.ts";
import type { StreamLog } from "../../stream/stream_log.ts";
import type { OpenedFeed, RecorderRequest, SegmentLimits } from "../protocol/messages.ts";
import { addEntryPacket } from "./packets.ts";
import { type Journal, journalOf, type JournalPlace } from "./journal.ts";
import { timestamp } from "../../async/clock.ts";

/** The beginning of a feed in a recording without data of its device. */
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
  /** True if that says something else than the last time. */
  isOutdated?: () => boolean;
}

/**
 * A recorder's place in the log of a device. Reading moves it, and the log never waits for it. It is opened at the end
 * of the stored data, as often as necessary: no entry is stored twice, and entries that the ring has dropped meanwhile
 * become a gap.
 */
export class DeviceFeed {
  readonly log: StreamLog;
  readonly folder: string;
  /** Resolves when the recorder has stored all of it after {@linkcode end}. */
  readonly closed: Promise<void>;
  /** The number by which the recorder knows it; each opening has another one. */
  number = 0;
  isOpen = false;
  readonly #journal: Journal;
  readonly #startsAt: JournalPlace;
  /** The state of the device at the start; `undefined` if the log itself has entries of the state. */
  readonly #startState: Uint8Array | undefined;
  readonly #options: FeedOptions;
  readonly #resolveClosed: () => void;
  /** The number of the entry to read next, and the sequence number due there. */
  #entry = 0;
  #sequence = 0;
  /** Events for the recording alone, sent before that entry; `from` is the first missing number of a gap. */
  #notices: { bytes: Uint8Array; from?: number }[] = [];
  /** The end of the feed, once it is known. */
  #end: JournalPlace | undefined;
  #isClosing = false;
  #coveredFrom: number;
  #coveredTo = 0;
  #pause: string | undefined;
  /** When the oldest entry not yet stored was sent, or storing stopped; by the monotonic clock. */
  #unstoredSince: number | undefined;

  constructor(options: FeedOptions) {
    const { log, folder, start } = options;
    this.#options = options;
    this.log = log;
    this.folder = folder;
    this.#journal = journalOf(log);
    this.#startState = start === "now" ? log.state : undefined;
    this.#startsAt = start === "now" ? this.#journal.end : this.#journal.oldest;
    this.#coveredFrom = this.#startsAt.sequence;
    ({ promise: this.closed, resolve: this.#resolveClosed } = Promise.withResolvers<void>());
  }

  /** True if there is nothing to send: the recorder was sent everything, or everything up to the end of the feed. */
  get isDrained(): boolean {
    return this.#notices.length === 0 && this.#entry >= (this.#end ?? this.#journal.end).entry;
  }

  /** The time for which something that was sent is not stored, or nothing can be; in milliseconds. */
  get unstoredMs(): number {
    return this.#unstoredSince === undefined ? 0 : performance.now() - this.#unstoredSince;
  }

  /** The sequence numbers that are stored, from `first` up to, not including, `next`; empty if it is not known. */
  get covered(): { first: number; next: number } {
    return { first: this.#coveredFrom, next: this.#coveredTo };
  }

  /** Files of the recording were removed: earlier numbers no longer count as stored. */
  uncover(): void {
    this.#coveredFrom = this.#sequence;
  }

  /** All entries before `entry` are stored, and all numbers before `next`. Returns how long that took, in milliseconds. */
  stored(entry: number, next = 0): number {
    const ms = this.unstoredMs;
    this.#coveredTo = next;
    this.#unstoredSince = entry < this.#entry ? performance.now() : undefined;
    return ms;
  }

  /** The recorder's request to begin. */
  openRequest(number: number): RecorderRequest {
    this.number = number;
    this.isOpen = false;
    this.#isClosing = false;
    const { log: { deviceId: device, epoch }, folder } = this;
    const source = { device, epoch, key: this.#journal.key };
    return { op: "open", feed: number, folder, source, limits: this.#options.limits };
  }

  /** The recorder can store nothing, or is gone. */
  suspend(reason: string): void {
    this.isOpen = false;
    this.#unstoredSince ??= performance.now();
    this.#pause ??= reason;
  }

  /** Notes that the recorder has opened the feed, with the place of the stored data. */
  opened({ source, device }: Pick<OpenedFeed, "source" | "device">): void {
    const { log } = this;
    const { epoch } = log;
    this.isOpen = true;
    this.#unstoredSince = undefined;
    this.#coveredTo = source?.next ?? 0;
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
    if (this.#pause !== undefined) this.note("recording", { state: "resumed", reason: this.#pause });
    this.#pause = undefined;
  }

  /** Adds the description of the device: its driver, its params, its units. */
  describe(): void {
    this.note("descriptor", this.#options.describe());
  }

  /** Adds an event of this recording alone. */
  note(event: string, data: Record<string, unknown>): void {
    if (!this.isOpen) return;
    const about = { device_id: this.log.deviceId, timestamp: timestamp() };
    this.#notices.push({ bytes: eventFrame(event, { ...about, ...data }) });
  }

  /** Ends the feed with the present end of the log. */
  end(): void {
    this.#end ??= this.#journal.end;
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
    if (this.#options.isOutdated?.()) this.describe();
    const end = this.#end ?? this.#journal.end;
    let bytes = 0;
    while (bytes < maxBytes) {
      const notice = this.#notices.shift();
      if (notice) {
        const { from: first = this.#sequence, bytes: frame } = notice;
        bytes += this.#send(parts, { first, next: this.#sequence, bytes: frame, ends: null }, this.#entry - 1);
        continue;
      }
      if (this.#entry >= end.entry) break;
      const next = this.#journal.from(this.#entry);
      if (!next.found || next.entry > this.#entry) {
        this.#overtaken(next, end);
        continue;
      }
      bytes += this.#send(parts, next.found, this.#entry);
      this.#entry++;
      this.#sequence = next.found.next;
    }
    return bytes;
  }

  #send(parts: Uint8Array[], entry: Entry, number: number): number {
    this.#unstoredSince ??= performance.now();
    return addEntryPacket(parts, this.number, entry, number);
  }

  /** Continues at the next place, behind a gap: the next entry is no longer there. */
  #overtaken(next: JournalPlace, end: JournalPlace): void {
    const { entry, sequence } = next.entry < end.entry ? next : end;
    this.#entry = entry;
    this.#lostUntil(sequence);
    const isOver = this.#end !== undefined && entry === end.entry;
    if (!isOver && this.log.state) this.#notices.push({ bytes: this.log.state });
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
