import type { OpenedFeed, SegmentLimits } from "../protocol/messages.ts";
import { type Row, Segment, type Source, type StoredPlace, type Totals } from "../store/segment.ts";
import { type BrokenSegment, checkSegments, listSegments, nextSegment, setAside } from "../store/segment_files.ts";
import { readIndex } from "../store/segment_index.ts";
import { SegmentReader, type SourcePlace } from "../store/segment_reader.ts";
import { messageOf } from "../../errors.ts";
import { type BlockLimits, Compactor } from "./compactor.ts";

/** A segment is closed after so long, and another one is begun. */
const MAX_SEGMENT_MS = 60 * 60_000;

/** The size of its rows at which a segment is closed, and another one is begun. */
const MAX_SEGMENT_BYTES = 1024 * 1024 * 1024;

/** The limit of compacting a file at its end; the remaining rows stay as they are. */
const MAX_FINISH_MS = 500;

/** A file that is written, and its compactor. */
interface OpenFile {
  segment: Segment;
  compactor: Compactor;
}

/** The contents of a file: the places behind the stored data of each source, and the totals of each device. */
interface FileContents {
  places: SourcePlace[];
  totals: Totals[];
}

const NOTHING = { samples: 0, lost: 0, bytes: 0 };

/** The folder of one recording, open for writing. It begins a segment of its own with the first row. */
export class RecordingFolder {
  /** The segments that were found to be broken when it was opened. */
  readonly broken: BrokenSegment[];
  readonly #path: string;
  readonly #older: string[];
  readonly #blocks: Partial<BlockLimits>;
  readonly #maxMs: number;
  readonly #maxBytes: number;
  readonly #closed = new Map<string, FileContents>();
  #file: OpenFile | undefined;
  /** Files that take no more rows, while their last ones are put into columns. */
  #ending: OpenFile[] = [];

  /** @param blocks When rows become a block. */
  constructor(
    path: string,
    { maxMs, maxBytes }: Partial<SegmentLimits> = {},
    blocks: Partial<BlockLimits> = {},
  ) {
    this.#path = path;
    this.#blocks = blocks;
    // JSON has no infinity, which is null there.
    this.#maxMs = Math.min(maxMs ?? Infinity, MAX_SEGMENT_MS);
    this.#maxBytes = Math.min(maxBytes ?? Infinity, MAX_SEGMENT_BYTES);
    this.broken = checkSegments(path);
    this.#older = listSegments(path);
  }

  /** The stored part of a device and a source: in this recording, before it was opened. */
  find({ device, key }: Source): OpenedFeed {
    let own: SourcePlace | undefined;
    let any: SourcePlace | undefined;
    for (const name of this.#names().toReversed()) {
      const places = this.#contentsOf(name).places.filter((it) => it.device === device);
      own ??= places.find((it) => it.key === key);
      any ??= places[0];
    }
    const { samples, lost, bytes } = this.totals().find((it) => it.device === device) ?? NOTHING;
    return { source: placeOf(own), device: placeOf(any), totals: { samples, lost, bytes } };
  }

  /** The totals of each device in the files that are there. */
  totals(): Totals[] {
    const sums = new Map<string, Totals>();
    for (const name of this.#names()) {
      for (const { device, samples, lost, bytes } of this.#contentsOf(name).totals) {
        const sum = sums.get(device) ?? { device, ...NOTHING };
        sums.set(device, {
          device,
          samples: sum.samples + samples,
          lost: sum.lost + lost,
          bytes: sum.bytes + bytes,
        });
      }
    }
    return [...sums.values()];
  }

  /** Adds a row to the present transaction. Returns the bytes that it takes. */
  insert(row: Row): number {
    this.#file ??= this.#begin();
    const { segment, compactor } = this.#file;
    const inserted = segment.insert(row);
    compactor.add(row, inserted);
    return inserted.bytes;
  }

  /** True if something waits for {@linkcode commit}. */
  get isDirty(): boolean {
    return this.#open.some(({ segment }) => segment.isDirty);
  }

  /** True if there is something for {@linkcode compact}. */
  get isCompactable(): boolean {
    return this.isEnding || (this.#file?.compactor.isDue ?? false);
  }

  /** True while a file is open that takes no more rows. */
  get isEnding(): boolean {
    return this.#ending.length > 0;
  }

  /** Puts old rows into columns, in the present transaction, and closes the files that take no more rows. */
  compact(isOver: () => boolean): void {
    for (const file of [...this.#ending]) {
      file.compactor.work(isOver);
      if (file.compactor.isDue || isOver()) return;
      this.#closeFile(file);
    }
    this.#file?.compactor.work(isOver);
  }

  commit(): void {
    for (const { segment } of this.#open) segment.commit();
    const segment = this.#file?.segment;
    if (!segment || Date.now() - segment.openedMs < this.#maxMs && segment.bytes < this.#maxBytes) return;
    this.beginEnd();
  }

  /**
   * Ends the present file: the next rows go to the next file. {@linkcode compact} closes it, with commits in between.
   */
  beginEnd(): void {
    if (!this.#file) return;
    this.#file.compactor.complete();
    this.#ending.push(this.#file);
    this.#file = undefined;
  }

  /** Closes all files, with their last rows in columns as far as there is time. */
  end(): void {
    this.beginEnd();
    const overMs = performance.now() + MAX_FINISH_MS;
    for (const file of [...this.#ending]) {
      file.compactor.work(() => performance.now() > overMs);
      this.#closeFile(file);
    }
  }

  /** Closes all files. Rows without a commit are dropped. */
  close(): void {
    for (const { segment } of this.#open) segment.close();
    this.#file = undefined;
    this.#ending = [];
  }

  get #open(): OpenFile[] {
    return this.#file ? [...this.#ending, this.#file] : this.#ending;
  }

  #begin(): OpenFile {
    const segment = new Segment(`${this.#path}/${nextSegment(this.#path)}`);
    return { segment, compactor: new Compactor(segment, this.#blocks) };
  }

  #closeFile(file: OpenFile): void {
    const { segment, compactor } = file;
    compactor.end();
    segment.shrink();
    segment.close();
    this.#ending = this.#ending.filter((it) => it !== file);
    this.#older.push(nameOf(segment.path));
    readIndex(this.#path);
  }

  /** The files that are there, the oldest first, with what this process has written. */
  #names(): string[] {
    // A device that was removed and added is opened again.
    this.commit();
    const names = [...this.#older, ...this.#open.map(({ segment }) => nameOf(segment.path))];
    // The retention removes files.
    const present = new Set(listSegments(this.#path));
    return names.filter((name) => present.has(name));
  }

  /** The contents of a file. Those of a closed one do not change: each is opened once, whatever the number of devices. */
  #contentsOf(name: string): FileContents {
    const known = this.#closed.get(name);
    if (known) return known;
    let contents: FileContents = { places: [], totals: [] };
    this.#read(name, (reader) => contents = { places: reader.places(), totals: reader.totals() });
    if (this.#older.includes(name)) this.#closed.set(name, contents);
    return contents;
  }

  #read(name: string, read: (reader: SegmentReader) => void): void {
    try {
      using reader = new SegmentReader(`${this.#path}/${name}`);
      read(reader);
    } catch (error) {
      if (!this.#older.includes(name)) throw error;
      this.#older.splice(this.#older.indexOf(name), 1);
      // The retention has removed it.
      if (error instanceof Deno.errors.NotFound) return;
      this.broken.push({ file: setAside(this.#path, name), message: messageOf(error) });
    }
  }
}

function placeOf(found: SourcePlace | undefined): StoredPlace | null {
  return found ? { epoch: found.epoch, next: found.next, entry: found.entry } : null;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
