import { DatabaseSync } from "node:sqlite";
import { crc32, zstdDecompressSync } from "node:zlib";
import type { StoredPlace, Totals } from "./segment.ts";

/** A part of a recording: some devices, in a span of time. */
export interface Selection {
  /** All devices, by default. */
  devices?: readonly string[];
  /** In nanoseconds since 1970; events from this time on. */
  from?: bigint;
  /** Events before this time. */
  to?: bigint;
}

/** A row as it is read. */
export interface StoredRow {
  device: string;
  epoch: string;
  first: bigint;
  next: bigint;
  count: bigint;
  lost: bigint;
  t0: bigint;
  t1: bigint;
  /** Its frames as they stood on the wire. */
  frames: Uint8Array;
}

/** Where a row is, without its frames. */
export interface RowPlace {
  id: number;
  /** Of one log of the device. */
  key: string;
  first: number;
  next: number;
  count: number;
  lost: number;
  /** In nanoseconds since 1970. */
  t0: bigint;
  t1: bigint;
}

/** One file of a recording, to read: also while it is written. */
export class SegmentReader implements Disposable {
  readonly #db: DatabaseSync;

  /** @throws what SQLite finds wrong with the file. */
  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec("PRAGMA busy_timeout=5000; PRAGMA query_only=1");
  }

  /** What is wrong with the file; `undefined` if nothing is. Reads all of it. */
  damage(): string | undefined {
    const [found] = this.#db.prepare("PRAGMA integrity_check(1)").all();
    return found?.integrity_check === "ok" ? undefined : String(found?.integrity_check ?? "it is empty");
  }

  /** The place behind the last row of a source; of any source of the device, without a key. */
  placeOf(device: string, key?: string): StoredPlace | undefined {
    const found = this.#db.prepare(
      `SELECT epoch, next, entry FROM row JOIN source ON source.id = row.source
       WHERE device = ?${key === undefined ? "" : " AND key = ?"} ORDER BY row.id DESC LIMIT 1`,
    ).get(device, ...key === undefined ? [] : [key]);
    return found && { epoch: String(found.epoch), next: Number(found.next), entry: Number(found.entry) };
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

  /** The rows of a selection, in the order in which they were recorded. @throws {Error} for a row that is damaged. */
  *rows(selection: Selection = {}): Generator<StoredRow, void> {
    const { where, given } = conditionOf(selection);
    yield* this.#each(where, given);
  }

  /** Where the rows of a selection are, in the order in which they were recorded. */
  *places(selection: Selection = {}): Generator<RowPlace, void> {
    const { where, given } = conditionOf(selection);
    const ids = this.#idsOf(where, given);
    const one = this.#db.prepare(
      "SELECT key, first, next, count, lost, t0, t1 FROM row JOIN source ON source.id = row.source WHERE row.id = ?",
    );
    one.setReadBigInts(true);
    for (const id of ids) {
      const { key, first, next, count, lost, t0, t1 } = one.get(id) as Record<string, bigint> & { key: unknown };
      const numbers = { first: Number(first), next: Number(next), count: Number(count), lost: Number(lost) };
      yield { id, key: String(key), ...numbers, t0, t1 };
    }
  }

  /** The frames of a row. @throws {Error} if it is damaged. */
  frames(id: number): Uint8Array {
    const { crc, bytes } = this.#db.prepare("SELECT crc, bytes FROM row WHERE id = ?").get(id) as {
      crc: number;
      bytes: Uint8Array;
    };
    if (crc32(bytes) !== crc) throw new Error(`Row ${id} is damaged: its checksum does not fit`);
    return zstdDecompressSync(bytes);
  }

  /** The earliest time of a device, in nanoseconds since 1970. */
  oldest(device: string): bigint | undefined {
    const statement = this.#db.prepare(
      "SELECT min(t0) AS t0 FROM row JOIN source ON source.id = row.source WHERE device = ? AND t0 > 0",
    );
    statement.setReadBigInts(true);
    return (statement.get(device)?.t0 ?? undefined) as bigint | undefined;
  }

  /** The first row of each source, and its first row with samples. @throws {Error} for a row that is damaged. */
  *firstRows(): Generator<StoredRow, void> {
    const first = "SELECT min(id) FROM row GROUP BY source";
    yield* this.#each(
      `WHERE row.id IN (${first}) OR row.id IN (${first.replace("GROUP", "WHERE count > 0 GROUP")})`,
      [],
    );
  }

  *#each(where: string, given: readonly (string | bigint)[]): Generator<StoredRow, void> {
    // The places first, and each row by itself: a long read would keep the file's log from being emptied.
    const ids = this.#idsOf(where, given);
    const one = this.#db.prepare(
      `SELECT device, epoch, first, next, count, lost, t0, t1, crc, bytes
       FROM row JOIN source ON source.id = row.source WHERE row.id = ?`,
    );
    one.setReadBigInts(true);
    for (const id of ids) {
      const found = one.get(id) as unknown as Omit<StoredRow, "frames"> & { crc: bigint; bytes: Uint8Array };
      const { crc, bytes, ...row } = found;
      if (BigInt(crc32(bytes)) !== crc) throw new Error(`Row ${id} is damaged: its checksum does not fit`);
      yield { ...row, frames: zstdDecompressSync(bytes) };
    }
  }

  #idsOf(where: string, given: readonly (string | bigint)[]): number[] {
    return this.#db.prepare(
      `SELECT row.id AS id FROM row JOIN source ON source.id = row.source ${where} ORDER BY row.id`,
    ).all(...given).map(({ id }) => Number(id));
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

/** A selection as the condition of a query, and its values. */
function conditionOf({ devices, from, to }: Selection): { where: string; given: (string | bigint)[] } {
  const where = [
    ...devices ? [`device IN (${devices.map(() => "?").join(",")})`] : [],
    ...from === undefined ? [] : ["t1 >= ?"],
    ...to === undefined ? [] : ["t0 < ?"],
  ];
  const given = [...devices ?? [], ...from === undefined ? [] : [from], ...to === undefined ? [] : [to]];
  return { where: where.length > 0 ? `WHERE ${where.join(" AND ")}` : "", given };
}
