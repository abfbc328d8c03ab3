import type { DatabaseSync } from "node:sqlite";
import { int64 } from "./selection.ts";

/** The place of a row, without its frames. */
export interface RowPlace {
  /** The number of the node's source in the file, and its own number. */
  source: number;
  id: number;
  /** The key of a log of the device. */
  key: string;
  first: number;
  next: number;
  /** In nanoseconds since 1970. */
  t0: bigint;
  t1: bigint;
}

/** A row, or a summary of many, to read. */
export interface Node extends RowPlace {
  /** The id of the row's summary; `null` for a row without one. */
  summary: number | null;
}

/** The device, the span of time and the detail of {@linkcode SegmentReader.nodes}. */
export interface NodeSelection {
  device: string;
  /** In nanoseconds since 1970. */
  from: bigint;
  to: bigint;
  /** The longest tile of a summary that is wanted, in microseconds. */
  maxTile: number;
}

/**
 * The summaries and the rows of a part of a file, in the order in which they were recorded: summaries where they are fine enough
 * and all of what they have is in the span, the rows themselves elsewhere.
 */
export function nodesOf(db: DatabaseSync, selection: NodeSelection): Node[] {
  const sources = db.prepare("SELECT id, key FROM source WHERE device = ?").all(selection.device);
  // Files of earlier versions have none.
  const hasSummaries =
    db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'summary'").get() !== undefined;
  // Rows become blocks meanwhile.
  db.exec("BEGIN");
  try {
    return sources.flatMap(({ id, key }) =>
      nodesOfSource(db, { source: Number(id), key: String(key), hasSummaries }, selection)
    ).sort((a, b) => a.id - b.id);
  } finally {
    db.exec("COMMIT");
  }
}

function nodesOfSource(
  db: DatabaseSync,
  { source, key, hasSummaries }: { source: number; key: string; hasSummaries: boolean },
  { maxTile, ...span }: NodeSelection,
): Node[] {
  // The last time that is in the span: a time of 64 bits is not behind the last one of them.
  const [from, until] = [int64(span.from), int64(span.to - 1n)];
  const numbers = (found: Record<string, unknown>): Node => ({
    ...found as unknown as Node,
    ...{ source, key, id: Number(found.id), first: Number(found.first), next: Number(found.next) },
    summary: found.summary === null ? null : Number(found.summary),
  });
  const all = (sql: string, ...given: (bigint | number)[]) => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all(...given) as Record<string, bigint>[];
  };
  const row = "row.id AS id, first, next, row.t0 AS t0, row.t1 AS t1";
  if (!hasSummaries) {
    const rows = `SELECT ${row}, NULL AS summary FROM row WHERE source = ? AND t1 >= ? AND t0 <= ?`;
    return all(rows, source, from, until).map(numbers);
  }
  const isUsable = (t0: string, t1: string) => `${t0} >= ? AND ${t1} <= ? AND tile <= ?`;
  const tile = BigInt(Math.max(0, Math.floor(maxTile)));
  // The rows of a summary are before those of the next one, without any between them.
  const joined = all(
    `SELECT id, first_row, last_row, t0, t1, bytes IS NOT NULL AND ${isUsable("t0", "t1")} AS usable
     FROM summary WHERE source = ? AND level = 1 AND t1 >= ? AND t0 <= ? ORDER BY last_row`,
    ...[from, until, tile, source, from, until],
  );
  const [{ last }] = all(
    "SELECT coalesce(max(last_row), 0) AS last FROM summary WHERE source = ? AND level = 1",
    source,
  );
  const rows = (between: string, ...range: bigint[]) =>
    all(
      `SELECT ${row}, CASE WHEN ${isUsable("summary.t0", "summary.t1")} THEN summary.id END AS summary
       FROM row LEFT JOIN summary ON summary.source = row.source AND level = 0 AND last_row = row.id
       WHERE ${between} AND max(row.t1, coalesce(summary.t1, 0)) >= ? AND row.t0 <= ?`,
      ...[from, until, tile, ...range, from, until],
    ).map(numbers);
  const found = joined.flatMap(({ id, first_row, last_row, t0, t1, usable }) =>
    usable
      ? [numbers({ id: last_row, first: 0n, next: 0n, t0, t1, summary: id })]
      : rows("+row.source = ? AND row.id BETWEEN ? AND ?", BigInt(source), first_row, last_row)
  );
  return [...found, ...rows("row.source = ? AND row.t1 >= ? AND row.id > ?", BigInt(source), from, last)];
}
