import { DatabaseSync, type StatementSync } from "node:sqlite";
import { crc32, zstdDecompressSync } from "node:zlib";
import { BLOCK_ENCODING, unpackStoredBlock } from "./columns/block_bytes.ts";
import type { FrameItem } from "../../stream/columns/run.ts";
import { partFrames, type StoredBlock } from "./columns/block.ts";
import { type Extent, extentsIn } from "./segment_extents.ts";
import { type Node, type NodeSelection, nodesOf, type RowPlace } from "./segment_nodes.ts";
import type { Source, StoredPlace, Totals } from "./segment.ts";
import { rowBehind, rowSince, runsIn, type StoredRun } from "./segment_runs.ts";
import { conditionOf, type Selection } from "./selection.ts";

/** A row, as it is read. */
export interface StoredRow {
  device: string;
  epoch: string;
  first: bigint;
  next: bigint;
  count: bigint;
  lost: bigint;
  t0: bigint;
  t1: bigint;
  /** The frames of the row as they stood on the wire: as text, or samples in columns. */
  items: readonly FrameItem[];
}

/** The place behind the stored data of a source. */
export type SourcePlace = StoredPlace & Pick<Source, "device" | "key">;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A row in its stored form. */
interface PackedRow {
  id: number;
  encoding: string;
  crc: number;
  bytes: Uint8Array;
}

/** One file of a recording, to read: also while it is written. */
export class SegmentReader implements Disposable {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #lastBlock: { id: number; block: StoredBlock } | undefined;

  /** @throws what SQLite finds wrong with the file, or {@linkcode Deno.errors.NotFound}: the retention removes files. */
  constructor(path: string) {
    // SQLite makes a file that is not there.
    if (Deno.statSync(path).size === 0) throw new Deno.errors.NotFound(`${path} is empty`);
    this.#db = new DatabaseSync(path);
    this.#db.exec("PRAGMA busy_timeout=5000; PRAGMA query_only=1");
  }

  /** The fault of the file; `undefined` if it has none. Reads the whole file. */
  damage(): string | undefined {
    const [found] = this.#db.prepare("PRAGMA integrity_check(1)").all();
    return found?.integrity_check === "ok" ? undefined : String(found?.integrity_check ?? "it is empty");
  }

  /** The places behind the last rows of each source, the last one first. */
  places(): SourcePlace[] {
    return this.#db.prepare(
      `SELECT device, key, epoch, next, entry FROM row JOIN source ON source.id = row.source
       WHERE row.id IN (SELECT max(id) FROM row GROUP BY source) ORDER BY row.id DESC`,
    ).all().map(({ device, key, epoch, next, entry }) => (
      { device: String(device), key: String(key), epoch: String(epoch), next: Number(next), entry: Number(entry) }
    ));
  }

  /** The totals of each device. */
  totals(): Totals[] {
    return this.#db.prepare(
      `SELECT device, sum(count) AS samples, sum(lost) AS lost, sum(stored) AS bytes
       FROM row JOIN source ON source.id = row.source GROUP BY device`,
    ).all().map(({ device, samples, lost, bytes }) => (
      { device: String(device), samples: Number(samples), lost: Number(lost), bytes: Number(bytes) }
    ));
  }

  /**
   * The rows of a selection, in the order in which they were recorded.
   *
   * @param damaged Gets what is wrong with a row that is left out. Without it, such a row ends the reading.
   * @throws {Error} for a row that is damaged.
   */
  *rows(selection: Selection = {}, damaged?: (error: unknown) => void): Generator<StoredRow, void> {
    const { where, given } = conditionOf(selection);
    // By the index of the times: the rows themselves are as large as the file.
    const hasTimes = selection.from !== undefined || selection.to !== undefined;
    const found = `SELECT row.id FROM source CROSS JOIN row ON row.source = source.id ${where}`;
    yield* this.#each(hasTimes ? `WHERE row.id IN (${found})` : where, given, damaged);
  }

  /** The runs of the daemon that have rows of a device, in the order in which they were recorded. */
  runs(device: string): StoredRun[] {
    return runsIn(this.#db, device);
  }

  /** The first row of a device in a run that is behind the first `size` bytes of frames; the last one, if there is none. */
  rowBehind(device: string, epoch: string, size: bigint): bigint {
    return rowBehind(this.#db, device, epoch, size);
  }

  /** The first row of a device in a run that ends at a time, in nanoseconds since 1970, or later; `null` if there is none. */
  rowSince(device: string, epoch: string, time: bigint): bigint | null {
    return rowSince(this.#db, device, epoch, time);
  }

  /** The earliest and the latest time of the rows of a selection; `undefined` if there are none. */
  span(selection: Selection): { t0: bigint; t1: bigint } | undefined {
    const { where, given } = conditionOf(selection);
    const statement = this.#db.prepare(
      `SELECT min(nullif(t0, 0)) AS t0, max(t1) AS t1 FROM row JOIN source ON source.id = row.source ${where}`,
    );
    statement.setReadBigInts(true);
    const { t0, t1 } = statement.get(...given) as { t0: bigint | null; t1: bigint | null };
    return t0 === null || t1 === null ? undefined : { t0, t1 };
  }

  /** The summaries and the rows of a part, in the order in which they were recorded. */
  nodes(selection: NodeSelection): Node[] {
    return nodesOf(this.#db, selection);
  }

  /** The bytes of a summary. */
  summary(id: number): Uint8Array {
    return this.#prepared("SELECT bytes FROM summary WHERE id = ?").get(id)!.bytes as Uint8Array;
  }

  /** The content of a row: a block, or frames. A row that was compacted meanwhile has its block. @throws {Error} if it is damaged. */
  content({ source, id }: Pick<RowPlace, "source" | "id">): StoredBlock | Uint8Array {
    const found = this.#packed(id) ?? this.#packed(this.#blockWith(source, id));
    if (!found) throw new Error(`Row ${id} is not there`);
    return found.encoding === BLOCK_ENCODING ? this.#block(found) : zstdDecompressSync(found.bytes);
  }

  /** The times of all devices. */
  extents(): Extent[] {
    return extentsIn(this.#db);
  }

  /** The first row of each source, and its first row with samples. @throws {Error} for a row that is damaged. */
  *firstRows(): Generator<StoredRow, void> {
    const first = "SELECT min(id) FROM row GROUP BY source";
    yield* this.#each(
      `WHERE row.id IN (${first}) OR row.id IN (${first.replace("GROUP", "WHERE count > 0 GROUP")})`,
      [],
    );
  }

  *#each(
    where: string,
    given: readonly (string | bigint)[],
    damaged = (error: unknown): void => {
      throw error;
    },
  ): Generator<StoredRow, void> {
    // Reads the ids first, then each row alone: a long read transaction would keep the WAL from being emptied.
    const places = this.#db.prepare(
      `SELECT row.id AS id, source, encoding FROM row JOIN source ON source.id = row.source ${where} ORDER BY row.id`,
    ).all(...given) as unknown as { id: number; source: number; encoding: string }[];
    const one = this.#db.prepare(
      `SELECT device, epoch, first, next, count, lost, t0, t1
       FROM row JOIN source ON source.id = row.source WHERE row.id = ?`,
    );
    one.setReadBigInts(true);
    for (const { id, source, encoding } of places) {
      let row: StoredRow;
      try {
        const found = one.get(id) ?? one.get(this.#blockWith(source, id));
        if (!found) throw new Error(`Row ${id} is not there`);
        const content = this.content({ source, id });
        const isBlock = !(content instanceof Uint8Array) && encoding === BLOCK_ENCODING;
        const frames = content instanceof Uint8Array ? content : isBlock ? undefined : partFrames(content, id);
        const items = isBlock ? content.items : [decoder.decode(frames)];
        row = { ...found as unknown as Omit<StoredRow, "items">, items };
      } catch (error) {
        damaged(error);
        continue;
      }
      yield row;
    }
  }

  /** The row into which another one was put. */
  #blockWith(source: number, id: number): number {
    return Number(
      this.#prepared("SELECT id FROM row WHERE +source = ? AND id > ? ORDER BY id LIMIT 1").get(source, id)?.id ?? 0,
    );
  }

  #packed(id: number): PackedRow | undefined {
    const found = this.#prepared("SELECT id, encoding, crc, bytes FROM row WHERE id = ?").get(id);
    const row = found as unknown as PackedRow | undefined;
    if (row && crc32(row.bytes) !== row.crc) throw new Error(`Row ${id} is damaged: its checksum does not fit`);
    return row;
  }

  /** A statement that is used for each row. */
  #prepared(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** A block is often read again, part by part. */
  #block({ id, bytes }: PackedRow): StoredBlock {
    if (this.#lastBlock?.id !== id) this.#lastBlock = { id, block: unpackStoredBlock(bytes) };
    return this.#lastBlock.block;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
