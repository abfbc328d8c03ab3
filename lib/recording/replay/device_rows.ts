import { DatabaseSync } from "node:sqlite";
import { crc32, zstdDecompressSync } from "node:zlib";
import { framesOf } from "../store/columns/block.ts";
import { BLOCK_ENCODING, unpackStoredBlock } from "../store/columns/block_bytes.ts";
import { TableFile } from "./table_file.ts";

/** The limit of a segment that is still being written: its rows are copied before they are read. */
const MAX_OPEN_BYTES = 64 * 1024 * 1024;

/** A row in its stored form. */
interface PackedRow {
  encoding: string;
  crc: number;
  bytes: Uint8Array;
}

/** The devices in a segment. Nothing is written, neither into the segment nor beside it. */
export function recordedDevices(path: string): string[] {
  const found = whileOpen(path, (db) => db.prepare("SELECT device FROM source ORDER BY id").all());
  if (found) return found.map(({ device }) => String(device));
  using file = new TableFile(path);
  return Array.from(file.rows("source"), (column) => String(column("device")));
}

/**
 * The frames of a device in a segment, row by row; of one that is still being written, those that are stored now. Nothing is
 * written, neither into it nor beside it.
 *
 * @param most No more rows than these.
 * @throws {Error} for a row that is damaged, and for a segment that is still being written and is too large for that.
 */
export function* deviceRows(path: string, device: string, most = Infinity): Generator<Uint8Array, void> {
  let left = most;
  for (const row of whileOpen(path, (db) => openRows(db, device, most)) ?? closedRows(path, device)) {
    yield framesIn(row);
    if (--left === 0) return;
  }
}

/** The result of `read` for a segment that is being written; `undefined` for a closed one. */
function whileOpen<T>(path: string, read: (db: DatabaseSync) => T): T | undefined {
  if (!isOpen(path)) return undefined;
  try {
    const db = new DatabaseSync(path, { readOnly: true });
    try {
      return read(db);
    } finally {
      // Closed at once: the writer removes the log only if it is the last to close the file.
      db.close();
    }
  } catch (error) {
    if (isOpen(path)) throw error;
    return undefined;
  }
}

/** True for a segment whose last rows are in a log beside it. An empty log comes from a reader. */
function isOpen(path: string): boolean {
  try {
    return Deno.statSync(`${path}-wal`).size > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function openRows(db: DatabaseSync, device: string, most: number): PackedRow[] {
  const rows: PackedRow[] = [];
  let size = 0;
  const statement = db.prepare(
    "SELECT encoding, crc, bytes FROM row JOIN source ON source.id = row.source WHERE device = ? ORDER BY row.id LIMIT ?",
  );
  // Below zero: all of them.
  for (const found of statement.iterate(device, Number.isFinite(most) ? most : -1)) {
    const row = found as unknown as PackedRow;
    size += row.bytes.length;
    if (size > MAX_OPEN_BYTES) {
      throw new Error(
        `it is still being written, and has more than ${
          MAX_OPEN_BYTES / 2 ** 20
        } MiB of the device: stop the recording first`,
      );
    }
    rows.push(row);
  }
  return rows;
}

function* closedRows(path: string, device: string): Generator<PackedRow, void> {
  using file = new TableFile(path);
  const sources = new Set<unknown>();
  for (const column of file.rows("source")) if (column("device") === device) sources.add(column("id"));
  for (const column of file.rows("row")) {
    if (!sources.has(column("source"))) continue;
    yield {
      encoding: String(column("encoding")),
      crc: Number(column("crc")),
      bytes: column("bytes") as Uint8Array,
    };
  }
}

function framesIn({ encoding, crc, bytes }: PackedRow): Uint8Array {
  if (crc32(bytes) !== crc) throw new Error("a row is damaged: its checksum does not fit");
  return encoding === BLOCK_ENCODING ? framesOf(unpackStoredBlock(bytes)) : zstdDecompressSync(bytes);
}
