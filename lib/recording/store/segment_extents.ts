import type { DatabaseSync } from "node:sqlite";

/** The times of one device in a segment, in nanoseconds since 1970. */
export interface Extent {
  device: string;
  /** The earliest and the latest time of the rows and their contents; 0 for a row without a time. */
  t0: bigint;
  t1: bigint;
  /** The earliest time that is known; `null` without one. */
  oldest: bigint | null;
}

/** The extents of all devices of a segment. */
export function extentsIn(db: DatabaseSync): Extent[] {
  const all = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all() as Record<string, unknown>[];
  };
  const of = (table: string) => `FROM ${table} JOIN source ON source.id = ${table}.source GROUP BY device`;
  const rows = all(`SELECT device, min(t0) AS t0, max(t1) AS t1, min(nullif(t0, 0)) AS oldest ${of("row")}`);
  // The last waveform of a row may go on behind it, which its summary knows. Files of earlier versions have none.
  const hasSummaries = all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'summary'").length > 0;
  const ends = hasSummaries ? all(`SELECT device, max(t1) AS t1 ${of("summary")}`) : [];
  return (rows as unknown as Extent[]).map((row) => {
    const end = ends.find(({ device }) => device === row.device)?.t1 as bigint | undefined;
    return { ...row, t1: end !== undefined && end > row.t1 ? end : row.t1 };
  });
}
