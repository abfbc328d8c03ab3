import { existsSync, renameSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { crc32, zstdDecompressSync } from "node:zlib";
import { compress } from "../../stream/columns/compress.ts";
import { BLOCK_ENCODING } from "./columns/block_bytes.ts";
import { int64 } from "./selection.ts";

/** The source of rows: one device during one run of the daemon. */
export interface Source {
  device: string;
  epoch: string;
  /** The key of one log of the device: the numbers of entries begin again when the device is removed and added. */
  key: string;
}

/** A piece of a device's stream: the finished frames of samples and events, in order, as they stand on the wire. */
export interface Row {
  source: Source;
  /** The sequence numbers from `first` up to, not including, `next`. */
  first: number;
  next: number;
  /** The number of samples, those in gaps included. */
  count: number;
  lost: number;
  /** The earliest and the latest time in it, in nanoseconds since 1970. */
  t0: bigint;
  t1: bigint;
  /** The number of the log's entry behind it. */
  entry: number;
  bytes: Uint8Array;
}

/** The place behind the stored data of a source. */
export interface StoredPlace {
  epoch: string;
  next: number;
  entry: number;
}

/** The totals of one device in a segment. */
export interface Totals {
  device: string;
  samples: number;
  lost: number;
  bytes: number;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS source(id INTEGER PRIMARY KEY, device TEXT NOT NULL, epoch TEXT NOT NULL, key TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS row(
  id INTEGER PRIMARY KEY, source INTEGER NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL, count INTEGER NOT NULL,
  lost INTEGER NOT NULL, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, entry INTEGER NOT NULL, encoding TEXT NOT NULL,
  size INTEGER NOT NULL, stored INTEGER NOT NULL, crc INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS row_time ON row(source, t1, t0, count, lost, stored);
CREATE TABLE IF NOT EXISTS summary(
  id INTEGER PRIMARY KEY, level INTEGER NOT NULL, source INTEGER NOT NULL, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL,
  t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, tile INTEGER NOT NULL, bytes BLOB) STRICT;
CREATE INDEX IF NOT EXISTS summary_row ON summary(source, level, last_row, first_row, t0, t1, tile);
`;

/** A row that was inserted. */
export interface InsertedRow {
  id: number;
  /** The number of its source in this file. */
  source: number;
  /** The bytes that it takes. */
  bytes: number;
}

/** A summary of some rows of a source, as it is stored. */
export interface StoredSummary {
  /** 0 for the summary of one row, 1 for that of many summaries. */
  level: number;
  source: number;
  /** The ids of the first and of the last row. */
  firstRow: number;
  lastRow: number;
  /** The times of its samples, in nanoseconds since 1970. */
  t0: bigint;
  t1: bigint;
  /** The longest span of time of which it has only the extremes, in microseconds. */
  tile: number;
  /** `null` if only the rows themselves have their contents. */
  bytes: Uint8Array | null;
}

/** The encoding of a row's bytes: frames of server-sent events, compressed by Zstandard. */
const ENCODING = "sse+zstd";

/** The end of the name of a segment that has no tables yet. */
export const SEGMENT_DRAFT = ".part";

/** One file of a recording, open for writing. What was committed survives the end of the process and of the machine. */
export class Segment {
  readonly path: string;
  readonly openedMs = Date.now();
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #sources = new Map<string, number>();
  #bytes = 0;
  #isBegun = false;

  /** @throws the error of SQLite for the file or the disk. */
  constructor(path: string) {
    this.path = path;
    // Renamed once its tables exist: after a kill, a segment without tables would count as damaged.
    if (!existsSync(path)) {
      const draft = `${path}${SEGMENT_DRAFT}`;
      const made = new DatabaseSync(draft);
      try {
        // Without WAL, a full disk fails here. With WAL, it would fail unnoticed at the checkpoint.
        made.exec(`PRAGMA auto_vacuum=INCREMENTAL; PRAGMA synchronous=FULL; BEGIN; ${SCHEMA} COMMIT`);
      } finally {
        made.close();
      }
      renameSync(draft, path);
    }
    this.#db = new DatabaseSync(path);
    try {
      this.#db.exec(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-2048; PRAGMA busy_timeout=5000",
      );
      this.#insert = this.#db.prepare(
        "INSERT INTO row(source,first,next,count,lost,t0,t1,entry,encoding,size,stored,crc,bytes) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
      );
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** The bytes of its rows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a row to the present transaction. */
  insert({ source: key, first, next, count, lost, t0, t1, entry, bytes }: Row): InsertedRow {
    this.#begin();
    // Compresses 171 bytes per sample to 19, in less time than it takes to write the text.
    const packed = compress(bytes);
    const source = this.#sourceId(key);
    const { lastInsertRowid } = this.#insert.run(
      source,
      first,
      next,
      count,
      lost,
      int64(t0),
      int64(t1),
      entry,
      ENCODING,
      bytes.length,
      packed.length,
      crc32(packed),
      packed,
    );
    this.#bytes += packed.length;
    return { id: Number(lastInsertRowid), source, bytes: packed.length };
  }

  /** The frames of a row. */
  frames(id: number): Uint8Array {
    return zstdDecompressSync(this.#db.prepare("SELECT bytes FROM row WHERE id=?").get(id)!.bytes as Uint8Array);
  }

  /** Replaces adjacent rows of one source by one row, which has the id of the last of them. */
  replace(ids: readonly number[], size: number, packed: Uint8Array): void {
    this.#begin();
    const last = ids[ids.length - 1];
    const range = [Number(this.#db.prepare("SELECT source FROM row WHERE id=?").get(last)!.source), ids[0], last];
    const sums = this.#db.prepare(
      `SELECT sum(count) AS count, sum(lost) AS lost, min(t0) AS t0, max(t1) AS t1, min(first) AS first, sum(stored) AS stored
       FROM row WHERE +source=? AND id BETWEEN ? AND ?`,
    );
    sums.setReadBigInts(true);
    const { count, lost, t0, t1, first, stored } = sums.get(...range) as Record<string, bigint>;
    this.#db.prepare("DELETE FROM row WHERE +source=? AND id BETWEEN ? AND ? AND id<>?").run(...range, last);
    this.#db.prepare(
      "UPDATE row SET first=?, count=?, lost=?, t0=?, t1=?, encoding=?, size=?, stored=?, crc=?, bytes=? WHERE id=?",
    ).run(first, count, lost, t0, t1, BLOCK_ENCODING, size, packed.length, crc32(packed), packed, last);
    this.#bytes += packed.length - Number(stored);
  }

  /** Adds a summary to the present transaction. */
  addSummary({ level, source, firstRow, lastRow, t0, t1, tile, bytes }: StoredSummary): void {
    this.#begin();
    this.#db.prepare(
      "INSERT INTO summary(level, source, first_row, last_row, t0, t1, tile, bytes) VALUES(?,?,?,?,?,?,?,?)",
    ).run(level, source, firstRow, lastRow, int64(t0), int64(t1), Math.ceil(tile), bytes);
    this.#bytes += bytes?.length ?? 0;
  }

  /** Ends the transaction: its rows are on the disk. */
  commit(): void {
    if (this.#isBegun) this.#db.exec("COMMIT");
    this.#isBegun = false;
  }

  /** True if something waits for {@linkcode commit}. */
  get isDirty(): boolean {
    return this.#isBegun;
  }

  /** Gives the room of rows that were replaced back to the disk. */
  shrink(): void {
    this.commit();
    this.#db.exec("PRAGMA incremental_vacuum");
  }

  /** Closes the file. Rows that were not committed are dropped. */
  close(): void {
    this.#db.close();
  }

  #begin(): void {
    if (!this.#isBegun) this.#db.exec("BEGIN IMMEDIATE");
    this.#isBegun = true;
  }

  #sourceId({ device, epoch, key }: Source): number {
    let id = this.#sources.get(key);
    if (id === undefined) {
      this.#db.prepare("INSERT OR IGNORE INTO source(device, epoch, key) VALUES(?,?,?)").run(device, epoch, key);
      id = Number(this.#db.prepare("SELECT id FROM source WHERE key=?").get(key)!.id);
      this.#sources.set(key, id);
    }
    return id;
  }
}
