import type { DatabaseSync } from "node:sqlite";
import { int64 } from "./selection.ts";

/** The data of a device in one run of the daemon, as a part of a file. */
export interface StoredRun {
  epoch: string;
  /** The first row of the run. */
  row: bigint;
  /** The earliest time of the rows, in nanoseconds since 1970; `null` without one. */
  t0: bigint | null;
  /** The bytes of the frames. */
  size: bigint;
}

/** The runs of the daemon that have rows of a device, in the order in which they were recorded. */
export function runsIn(db: DatabaseSync, device: string): StoredRun[] {
  const statement = db.prepare(
    `SELECT epoch, min(row.id) AS row, min(nullif(t0, 0)) AS t0, sum(size) AS size
     FROM row JOIN source ON source.id = row.source WHERE device = ? GROUP BY epoch ORDER BY min(row.id)`,
  );
  statement.setReadBigInts(true);
  return statement.all(device) as unknown as StoredRun[];
}

/** The first row of a device in a run that is behind the first `size` bytes of frames; the last one, if there is none. */
export function rowBehind(db: DatabaseSync, device: string, epoch: string, size: bigint): bigint {
  const statement = db.prepare(
    `SELECT row.id AS id, size FROM row JOIN source ON source.id = row.source
     WHERE device = ? AND epoch = ? ORDER BY row.id`,
  );
  statement.setReadBigInts(true);
  let last = 0n;
  let sum = 0n;
  for (const row of statement.iterate(device, epoch)) {
    last = row.id as bigint;
    if (sum >= size) return last;
    sum += row.size as bigint;
  }
  return last;
}

/** The first row of a device in a run that ends at a time, in nanoseconds since 1970, or later; `null` if there is none. */
export function rowSince(db: DatabaseSync, device: string, epoch: string, time: bigint): bigint | null {
  const statement = db.prepare(
    `SELECT min(row.id) AS id FROM row JOIN source ON source.id = row.source
     WHERE device = ? AND epoch = ? AND t1 >= ?`,
  );
  statement.setReadBigInts(true);
  return statement.get(device, epoch, int64(time))?.id as bigint | null;
}
