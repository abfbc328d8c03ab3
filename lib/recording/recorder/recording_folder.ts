import type { OpenedFeed, SegmentLimits } from "../protocol/messages.ts";
import { type Row, Segment, type Source, type StoredPlace, type Totals } from "../store/segment.ts";
import { type BrokenSegment, checkSegments, listSegments, nextSegment, setAside } from "../store/segment_files.ts";
import { readIndex } from "../store/segment_index.ts";
import { SegmentReader } from "../store/segment_reader.ts";
import { messageOf } from "../../errors.ts";
import { type BlockLimits, Compactor } from "./compactor.ts";

/** A segment is closed after so long, and another one is begun. */
const MAX_SEGMENT_MS = 60 * 60_000;

/** The same, by the size of its rows. */
const MAX_SEGMENT_BYTES = 1024 * 1024 * 1024;

/** The time in which a file that ends is compacted: what is left then stays as it is. */
const MAX_FINISH_MS = 500;

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
  readonly #closedTotals = new Map<string, Totals[]>();
  #segment: Segment | undefined;
  #compactor: Compactor | undefined;

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
    let own: StoredPlace | undefined;
    let any: StoredPlace | undefined;
    for (const name of this.#names().toReversed()) {
      this.#read(name, (reader) => {
        own ??= reader.placeOf(device, key);
        any ??= reader.placeOf(device);
      });
    }
    const { samples, lost, bytes } = this.totals().find((it) => it.device === device) ?? NOTHING;
    return { source: own ?? null, device: any ?? null, totals: { samples, lost, bytes } };
  }

  /** The totals of each device in the files that are there. */
  totals(): Totals[] {
    const sums = new Map<string, Totals>();
    for (const name of this.#names()) {
      for (const { device, samples, lost, bytes } of this.#totalsOf(name)) {
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
    this.#segment ??= new Segment(`${this.#path}/${nextSegment(this.#path)}`);
    this.#compactor ??= new Compactor(this.#segment, this.#blocks);
    const inserted = this.#segment.insert(row);
    this.#compactor.add(row, inserted);
    return inserted.bytes;
  }

  /** True if something waits for {@linkcode commit}. */
  get isDirty(): boolean {
    return this.#segment?.isDirty ?? false;
  }

  /** True if there is something for {@linkcode compact}. */
  get isCompactable(): boolean {
    return this.#compactor?.isDue ?? false;
  }

  /** Puts old rows into columns, in the present transaction. */
  compact(isOver: () => boolean): void {
    this.#compactor?.work(isOver);
  }

  commit(): void {
    const segment = this.#segment;
    segment?.commit();
    if (!segment) return;
    if (Date.now() - segment.openedMs < this.#maxMs && segment.bytes < this.#maxBytes) return;
    this.end();
  }

  /** Closes the file, with its last rows in columns. */
  end(): void {
    const segment = this.#segment;
    if (!segment) return;
    const overMs = performance.now() + MAX_FINISH_MS;
    this.#compactor?.finish(() => performance.now() > overMs);
    segment.shrink();
    this.close();
    this.#older.push(nameOf(segment.path));
    readIndex(this.#path);
  }

  /** Closes the file. What was not committed is dropped. */
  close(): void {
    this.#segment?.close();
    this.#segment = undefined;
    this.#compactor = undefined;
  }

  /** The files that are there, the oldest first, with what this process has written. */
  #names(): string[] {
    // A device that was removed and added is opened again.
    if (this.#segment) this.commit();
    const names = this.#segment ? [...this.#older, nameOf(this.#segment.path)] : this.#older;
    // The retention removes files.
    const present = new Set(listSegments(this.#path));
    return names.filter((name) => present.has(name));
  }

  /** The totals of a file. Those of a closed one do not change. */
  #totalsOf(name: string): Totals[] {
    const known = this.#closedTotals.get(name);
    if (known) return known;
    let totals: Totals[] = [];
    this.#read(name, (reader) => totals = reader.totals());
    if (this.#older.includes(name)) this.#closedTotals.set(name, totals);
    return totals;
  }

  #read(name: string, read: (reader: SegmentReader) => void): void {
    try {
      using reader = new SegmentReader(`${this.#path}/${name}`);
      read(reader);
    } catch (error) {
      if (!this.#older.includes(name)) throw error;
      this.#older.splice(this.#older.indexOf(name), 1);
      this.broken.push({ file: setAside(this.#path, name), message: messageOf(error) });
    }
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
