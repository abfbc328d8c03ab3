import { isSegment } from "./store/segment_files.ts";

/** The limits of a continuous recording. */
export interface Retention {
  /** In milliseconds; infinite by default. */
  maxAgeMs: number;
  /** The limit of a recording's files in bytes; infinite by default. */
  maxBytes: number;
}

/** A file of a recording, as it is kept or removed. */
interface SegmentFile {
  name: string;
  bytes: number;
  /** When it was written last, in milliseconds since 1970. */
  writtenMs: number;
}

/** The minimum number of files of a continuous recording: removing the oldest one then removes a small part. */
const MIN_SEGMENTS = 4;

/** The limits of one file: small enough that the kept data are close to the retention. */
export function segmentLimits({ maxAgeMs, maxBytes }: Retention): { maxMs: number; maxBytes: number } {
  return { maxMs: maxAgeMs / MIN_SEGMENTS, maxBytes: maxBytes / MIN_SEGMENTS };
}

/** The files to remove: the oldest ones, never the newest, which may be the one that is written. */
export function expired(files: readonly SegmentFile[], { maxAgeMs, maxBytes }: Retention, nowMs: number): string[] {
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const names: string[] = [];
  for (const { name, bytes, writtenMs } of files.slice(0, -1)) {
    if (total <= maxBytes && nowMs - writtenMs <= maxAgeMs) break;
    names.push(name);
    total -= bytes;
  }
  return names;
}

/** Removes the oldest files of a recording's folder, as its retention says. Returns their names. */
export async function applyRetention(folder: string, retention: Retention, nowMs = Date.now()): Promise<string[]> {
  const files: SegmentFile[] = [];
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const name of entries.map(({ name }) => name).filter(isSegment).sort()) {
    const { size, mtime } = await Deno.stat(`${folder}/${name}`);
    files.push({ name, bytes: size, writtenMs: mtime?.getTime() ?? nowMs });
  }
  const names = expired(files, retention, nowMs);
  for (const name of names) {
    for (const part of ["", "-wal", "-shm"]) {
      await Deno.remove(`${folder}/${name}${part}`).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
  }
  return names;
}
