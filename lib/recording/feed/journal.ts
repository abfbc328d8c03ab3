import type { Entry } from "../../stream/ring.ts";
import type { StreamLog } from "../../stream/stream_log.ts";

/** The notes that are kept of a log; of more, the oldest go first. */
const MAX_NOTES = 10_000;

/** The bytes of notes that are kept of a log. */
const MAX_NOTE_BYTES = 1024 * 1024;

/** A place in a journal: the number of an entry, and the sequence number that is due there. */
export interface JournalPlace {
  entry: number;
  sequence: number;
}

/** A note, and its place. */
interface Note extends JournalPlace {
  bytes: Uint8Array;
}

/**
 * The entries of a log, and notes for recorders between them, numbered together in the order of their arrival. Other
 * readers of the log do not get the notes.
 */
export class Journal {
  /** Identifies it: the numbers begin with each log. */
  readonly key: string = crypto.randomUUID();
  readonly #log: StreamLog;
  #notes: Note[] = [];
  #bytes = 0;
  /** The number of notes that are not kept any more, and the number behind the last of them. */
  #dropped = 0;
  #base = 0;

  constructor(log: StreamLog) {
    this.#log = log;
  }

  /** The place behind all that has come. */
  get end(): JournalPlace {
    return { entry: this.#log.ring.nextEntry + this.#dropped + this.#notes.length, sequence: this.#log.sequence };
  }

  /** The place of the oldest entry that the log still has. */
  get oldest(): JournalPlace {
    return { entry: Math.max(this.#base, this.#numberOf(this.#log.ring.firstEntry)), sequence: this.#log.oldest };
  }

  /** Adds a note behind all that has come. */
  add(bytes: Uint8Array): void {
    this.#notes.push({ ...this.end, bytes });
    this.#bytes += bytes.length;
    while (this.#notes.length > MAX_NOTES || this.#bytes > MAX_NOTE_BYTES && this.#notes.length > 1) this.#dropNote();
  }

  /** Drops all notes, because no reader is left. */
  clear(): void {
    while (this.#notes.length > 0) this.#dropNote();
  }

  /** The entry with a number, or the next one that is still kept; without such an entry, the end. */
  from(number: number): JournalPlace & { found?: Entry } {
    const { ring } = this.#log;
    const at = Math.max(number, this.#base);
    const before = this.#countNotes(({ entry }) => entry < at);
    const note = this.#notes[before];
    if (note?.entry === at) return placeOf(note);
    const own = Math.max(at - this.#dropped - before, ring.firstEntry);
    const entry = this.#numberOf(own);
    if (note && note.entry < entry) return placeOf(note);
    if (own >= ring.nextEntry) return this.end;
    const found = ring.entry(own);
    return { entry, sequence: found.first, found };
  }

  /** The number of an entry of the log. */
  #numberOf(own: number): number {
    return own + this.#dropped + this.#countNotes(({ entry }, index) => entry - this.#dropped - index <= own);
  }

  /** The number of notes up to the first one for which `isBefore` is false; it must be false for all behind that. */
  #countNotes(isBefore: (note: Note, index: number) => boolean): number {
    let low = 0;
    let high = this.#notes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#notes[middle], middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #dropNote(): void {
    const note = this.#notes.shift()!;
    this.#bytes -= note.bytes.length;
    this.#dropped++;
    this.#base = note.entry + 1;
  }
}

function placeOf({ entry, sequence, bytes }: Note): JournalPlace & { found: Entry } {
  return { entry, sequence, found: { first: sequence, next: sequence, bytes, ends: null } };
}

const journals = new WeakMap<StreamLog, Journal>();

/** The journal of a log. */
export function journalOf(log: StreamLog): Journal {
  const journal = journals.get(log) ?? new Journal(log);
  journals.set(log, journal);
  return journal;
}
