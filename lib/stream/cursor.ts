import { LabError, shortened } from "../errors.ts";
import type { GapReason } from "../wire/events.ts";
import { concat } from "../format/concat.ts";
import { gapFrame } from "./frame.ts";
import type { Reader } from "./reader.ts";
import type { Entry, Ring } from "./ring.ts";

const encoder = new TextEncoder();

/** The part of a log that its cursors read. */
export interface CursorLog {
  readonly deviceId: string;
  readonly epoch: string;
  readonly ring: Ring;
  /** The sequence number of the next sample. */
  readonly sequence: number;
  /** The oldest sequence number that the ring still holds, or will hold. */
  readonly oldest: number;
  /** The event of the device's state, if there is one. */
  readonly state: Uint8Array | undefined;
  /** Counts the gaps of its cursors. */
  readonly counts: { readerGaps: number };
  subscribe(wake: () => void): () => void;
}

/** The entries of a reader that has read all: one array for all readers, which stays in the processor's cache. */
const NONE: readonly Entry[] = [];

/** One reader's place in a log. Reading moves it; the log never waits for it. */
export class Cursor implements Reader {
  readonly #log: CursorLog;
  readonly #ring: Ring;
  /** The number of the entry to read next. */
  #entry: number;
  /** The sequence number to read next. */
  #sequence: number;
  /** Entries for this reader alone, which it reads first: the state, a gap, the rest of an entry. */
  #first: readonly Entry[] = NONE;

  /**
   * A cursor at the head of the log; with `since`, right behind the sample of that id; with `past`, so many
   * milliseconds ago, as far as the ring goes back. Its first entry is the device's state.
   *
   * @throws {LabError} `InvalidRequest`, if `since` is not an id of the form `<epoch>-<sequence>`, or is the id of a
   * sample that does not exist yet.
   */
  constructor(log: CursorLog, since?: string, past = 0) {
    this.#log = log;
    this.#ring = log.ring;
    this.#entry = log.ring.nextEntry;
    this.#sequence = log.sequence;
    if (since !== undefined) this.#resume(parseEventId(since));
    else if (past > 0) this.#goBack(past);
    this.#startWithState();
  }

  /** The sequence number of the sample that this reader gets next, unless it is lost. */
  get sequence(): number {
    return this.#first[0]?.first ?? this.#sequence;
  }

  subscribe(wake: () => void): () => void {
    return this.#log.subscribe(wake);
  }

  /** The next entry, or the part of it that the reader has not read. */
  next(): Entry | undefined {
    if (this.#first.length) {
      const [entry, ...rest] = this.#first;
      this.#first = rest.length ? rest : NONE;
      return entry;
    }
    if (this.#entry >= this.#ring.nextEntry) return undefined;
    if (this.#entry < this.#ring.firstEntry) {
      this.#overtaken();
      return this.next();
    }
    const entry = this.#ring.entry(this.#entry++);
    this.#sequence = entry.next;
    return entry;
  }

  /** The next chunk, shared with all readers at the same place; `undefined` if there is nothing new. */
  take(): Uint8Array | undefined {
    if (this.#first.length || this.#entry < this.#ring.firstEntry) return this.next()?.bytes;
    if (this.#entry >= this.#ring.nextEntry) return undefined;
    const { bytes, end, next } = this.#ring.chunk(this.#entry);
    this.#entry = end;
    this.#sequence = next;
    return bytes;
  }

  /** The ring has dropped entries that this reader had not read: adds a gap, and continues with the oldest entry. */
  #overtaken(): void {
    const from = this.#sequence;
    this.#oldest();
    const { state } = this.#log;
    if (this.#sequence > from) {
      this.#log.counts.readerGaps++;
      this.#gap(from, this.#sequence - 1, "slow-reader");
    }
    if (state) this.#add({ first: this.#sequence, next: this.#sequence, bytes: state, ends: null });
  }

  #resume({ epoch, sequence }: EventId): void {
    const log = this.#log;
    const wanted = sequence + 1;
    if (epoch !== log.epoch) {
      this.#oldest();
      this.#gap(wanted, null, "restart");
    } else if (wanted < log.oldest) {
      this.#oldest();
      this.#gap(wanted, log.oldest - 1, "expired");
    } else if (wanted > log.sequence) {
      throw new LabError("InvalidRequest", `Cannot resume behind "${epoch}-${sequence}": ${newest(log)}`);
    } else if (wanted < log.sequence) {
      this.#entry = log.ring.find(wanted);
      this.#sequence = wanted;
      const entry = log.ring.entry(this.#entry);
      if (entry.first < wanted) this.#rest(entry, wanted);
      else this.#includePrefaces();
    } else this.#includePrefaces();
  }

  /** Goes back to the first preface of the next sample. */
  #includePrefaces(): void {
    for (let i = this.#entry - 1; i >= this.#ring.firstEntry && this.#ring.head(i).first === this.#sequence; i--) {
      const { ends, isPreface } = this.#ring.entry(i);
      if (ends) break;
      if (isPreface) this.#entry = i;
    }
  }

  #goBack(ms: number): void {
    this.#entry = this.#ring.findTime(performance.now() - ms);
    if (this.#entry < this.#ring.nextEntry) this.#sequence = this.#ring.head(this.#entry).first;
  }

  #oldest(): void {
    this.#entry = this.#ring.firstEntry;
    this.#sequence = this.#log.oldest;
  }

  /** Adds the part of an entry that begins with the sample `from`. */
  #rest({ first, next, bytes, ends, at }: Entry, from: number): void {
    this.#entry++;
    this.#sequence = next;
    if (!ends) return this.#gap(from, next - 1, "source");
    const start = ends[from - first - 1];
    this.#add({
      first: from,
      next,
      bytes: bytes.subarray(start),
      ends: ends.slice(from - first).map((end) => end - start),
      at,
    });
  }

  #add(entry: Entry): void {
    this.#first = [...this.#first, entry];
  }

  #gap(from: number, to: number | null, reason: GapReason): void {
    const bytes = gapFrame(this.#log, { from, to, reason }, this.#sequence);
    // Until the gap is read, the reader's place is before it. The numbers of another epoch mean nothing here.
    const first = to === null ? this.#sequence : from;
    this.#add({ first, next: this.#sequence, bytes, ends: null });
  }

  /**
   * Adds the first event: the state, under the id of the reader's place, so that a reader without samples resumes
   * there.
   */
  #startWithState(): void {
    const { state, epoch } = this.#log;
    if (!state) return;
    const first = this.sequence;
    const hasGap = this.#first.some(({ ends }) => !ends);
    const bytes = hasGap ? state : concat([encoder.encode(`id: ${epoch}-${first - 1}\n`), state]);
    this.#first = [{ first, next: first, bytes, ends: null }, ...this.#first];
  }
}

function newest({ deviceId, epoch, sequence }: CursorLog): string {
  return sequence > 0
    ? `the newest sample of "${deviceId}" is ${epoch}-${sequence - 1}`
    : `"${deviceId}" has given no sample yet`;
}

/** A parsed event id. The sequence is -1 for the place before the first sample. */
export interface EventId {
  epoch: string;
  sequence: number;
}

/** @throws {LabError} `InvalidRequest`, if `id` is not of the form `<epoch>-<sequence>`. */
export function parseEventId(id: string): EventId {
  const match = /^([^-]+)-(-1|\d{1,15})$/.exec(id);
  if (!match) {
    const found = shortened(JSON.stringify(id));
    throw new LabError(
      "InvalidRequest",
      `Cannot resume behind ${found}: an event id has the form <epoch>-<sequence>, such as k3f9-42`,
    );
  }
  return { epoch: match[1], sequence: Number(match[2]) };
}
