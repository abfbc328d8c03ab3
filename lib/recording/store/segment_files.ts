import { messageOf } from "../../errors.ts";
import { SEGMENT_DRAFT } from "./segment.ts";
import { SegmentReader } from "./segment_reader.ts";

/** The end of the name of a segment. */
const SUFFIX = ".sqlite";

/** The end of the name of a segment that was set aside. */
const BROKEN = ".broken";

/** A draft that is older belongs to no process. */
const MAX_DRAFT_MS = 60_000;

/** A segment that cannot be read, and was set aside. */
export interface BrokenSegment {
  /** The name that it has now. */
  file: string;
  message: string;
}

/** True for the name of a segment. */
export function isSegment(name: string): boolean {
  return /^\d{6,}\.sqlite$/.test(name);
}

/** The names of a recording's segments, the oldest first. */
export function listSegments(folder: string): string[] {
  return listFiles(folder).filter(isSegment).sort();
}

/** The names of the segments that were set aside. */
export function listBroken(folder: string): string[] {
  return listFiles(folder).filter((name) => name.endsWith(`${SUFFIX}${BROKEN}`)).sort();
}

/** The name of the segment behind all others, the broken ones included: no name is used twice. */
export function nextSegment(folder: string): string {
  const numbers = listFiles(folder).map((name) => /^(\d{6,})\.sqlite/.exec(name)?.[1]).filter((it) => it !== undefined);
  return `${String(Math.max(0, ...numbers.map(Number)) + 1).padStart(6, "0")}${SUFFIX}`;
}

/**
 * Opens and checks the segments that were not closed, as after a crash. Opening restores the last commit. Broken
 * segments are renamed.
 */
export function checkSegments(folder: string): BrokenSegment[] {
  const names = listFiles(folder);
  // A draft of a segment that a crash has left.
  for (const name of names) if (name.includes(`${SUFFIX}${SEGMENT_DRAFT}`)) removeOld(`${folder}/${name}`);
  const broken: BrokenSegment[] = [];
  for (const name of listSegments(folder)) {
    // The log of a segment is removed when it is closed.
    if (!names.includes(`${name}-wal`)) continue;
    const message = damageOf(`${folder}/${name}`);
    if (message !== undefined) broken.push({ file: setAside(folder, name), message });
  }
  return broken;
}

/** Removes a file, unless the recorder of a daemon that was killed may be about to give it its name. */
function removeOld(path: string): void {
  try {
    const { mtime } = Deno.statSync(path);
    if (Date.now() - (mtime?.getTime() ?? 0) > MAX_DRAFT_MS) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Gives a segment another name, with its log. Returns the name. */
export function setAside(folder: string, name: string): string {
  for (const part of ["-wal", "-shm", ""]) {
    try {
      Deno.renameSync(`${folder}/${name}${part}`, `${folder}/${name}${BROKEN}${part}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return `${name}${BROKEN}`;
}

function damageOf(path: string): string | undefined {
  try {
    using reader = new SegmentReader(path);
    return reader.damage();
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : messageOf(error);
  }
}

/** The names of all files of a recording's folder; none, if it is not there. */
export function listFiles(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
