import { crc32 } from "node:zlib";
import type { Extent } from "./segment_extents.ts";
import { listFiles, listSegments } from "./segment_files.ts";
import { SegmentReader } from "./segment_reader.ts";
import { int64, type Selection } from "./selection.ts";

/** The name of the index in a recording's folder. */
export const INDEX_FILE = "index.json";

/** A closed segment, as the index has it. */
interface Entry {
  /** As the file was then: another one is looked at again. */
  size: number;
  modifiedMs: number;
  extents: Extent[];
}

/**
 * The segments of a recording that may have data of a selection, the oldest first. The index has the extents of closed
 * segments; one that it lacks is read once, and added. A missing or damaged index is made again. If it cannot be
 * written, the next call reads the segments again.
 */
export function segmentsWith(folder: string, selection: Selection = {}): string[] {
  const index = readIndex(folder);
  return listSegments(folder).filter((name) => {
    const extents = index.get(name)?.extents;
    return !extents || extents.some((it) => isIn(it, selection));
  });
}

/** The earliest time of a device in a recording, in nanoseconds since 1970. Files that cannot be read have none. */
export function oldestIn(folder: string, device: string): bigint | undefined {
  const index = readIndex(folder);
  for (const name of listSegments(folder)) {
    const extents = index.get(name)?.extents ?? extentsOf(`${folder}/${name}`);
    const oldest = extents?.find((it) => it.device === device)?.oldest;
    if (oldest !== undefined && oldest !== null) return oldest;
  }
}

/** The index of a folder, with all segments that are closed. It is written if something is new. */
export function readIndex(folder: string): ReadonlyMap<string, Entry> {
  const stored = parseIndex(folder);
  const index = new Map<string, Entry>();
  const files = new Set(listFiles(folder));
  let isChanged = false;
  for (const name of listSegments(folder)) {
    const file = statOf(`${folder}/${name}`);
    if (!file) continue;
    const known = stored.get(name);
    if (known?.size === file.size && known.modifiedMs === file.modifiedMs) {
      index.set(name, known);
      continue;
    }
    // One that is open grows. One that only another reader has open is closed again soon.
    if (files.has(`${name}-wal`)) continue;
    const extents = extentsOf(`${folder}/${name}`);
    // One that was just begun has none yet.
    if (!extents?.length) continue;
    index.set(name, { ...file, extents });
    isChanged = true;
  }
  if (isChanged || index.size !== stored.size) writeIndex(folder, index);
  return index;
}

function isIn({ device, t0, t1 }: Extent, { devices, from, to }: Selection): boolean {
  return (!devices || devices.includes(device)) && (from === undefined || t1 >= int64(from)) &&
    (to === undefined || t0 < to);
}

function statOf(path: string): { size: number; modifiedMs: number } | undefined {
  try {
    const { size, mtime } = Deno.statSync(path);
    return { size, modifiedMs: mtime?.getTime() ?? 0 };
  } catch {
    // The retention has removed it.
    return undefined;
  }
}

function extentsOf(path: string): Extent[] | undefined {
  try {
    using reader = new SegmentReader(path);
    return reader.extents();
  } catch {
    // The reader of its rows gets the reason.
    return undefined;
  }
}

/** The stored text: a checksum, and behind it the entries as JSON. */
function parseIndex(folder: string): Map<string, Entry> {
  try {
    const text = Deno.readTextFileSync(`${folder}/${INDEX_FILE}`);
    const end = text.indexOf("\n");
    const body = text.slice(end + 1);
    if (Number(text.slice(0, end)) !== crc32(body)) return new Map();
    return new Map(JSON.parse(body, (key, value) => isTime(key, value) ? BigInt(value) : value));
  } catch {
    return new Map();
  }
}

function isTime(key: string, value: unknown): value is string {
  return ["t0", "t1", "oldest"].includes(key) && value !== null;
}

function writeIndex(folder: string, index: ReadonlyMap<string, Entry>): void {
  const body = JSON.stringify([...index], (_, value) => typeof value === "bigint" ? String(value) : value);
  // If two processes write at the same time, the checksum reveals a mixed text.
  const draft = `${folder}/${INDEX_FILE}.part`;
  try {
    Deno.writeTextFileSync(draft, `${crc32(body)}\n${body}`);
    Deno.renameSync(draft, `${folder}/${INDEX_FILE}`);
  } catch {
    // The disk is full, or may not be written: the next reader looks at the segments again.
  }
}
