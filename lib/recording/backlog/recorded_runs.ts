import { segmentsWith } from "../store/segment_index.ts";
import { SegmentReader } from "../store/segment_reader.ts";
import type { StoredRun } from "../store/segment_runs.ts";
import { type BacklogPart, backlogParts } from "./parts.ts";

/** A part of a file: the rows of a device in one run of the daemon. */
interface FileRun extends StoredRun {
  path: string;
}

/**
 * The parts of a recording's folder that are of a device, run by run, in the order in which they were recorded. A file that cannot be read is
 * left out.
 *
 * @param limits `maxBytes`: only the newest rows, which have together some so many bytes of frames. `since`: only rows that are no
 * older, in ms since 1970.
 */
export function folderRuns(
  folder: string,
  device: string,
  { maxBytes = Infinity, since }: { maxBytes?: number; since?: number },
): FileRun[] {
  const runs: FileRun[] = [];
  let bytes = 0;
  for (const name of segmentsWith(folder, { devices: [device] }).reverse()) {
    const path = `${folder}/${name}`;
    try {
      using reader = new SegmentReader(path);
      for (const run of reader.runs(device).reverse()) {
        if (bytes >= maxBytes) return runs;
        const recent = since === undefined ? run.row : reader.rowSince(device, run.epoch, BigInt(since) * 1_000_000n);
        if (recent === null) continue;
        bytes += Number(run.size);
        const surplus = bytes - maxBytes;
        const fitting = surplus > 0 ? reader.rowBehind(device, run.epoch, BigInt(surplus)) : run.row;
        runs.unshift({ ...run, path, row: recent > fitting ? recent : fitting });
      }
    } catch {
      // What is missing then is a gap.
    }
  }
  return runs;
}

/** The runs of several folders: in the order of each of them, and among them by their times. */
export function joinRuns(folders: readonly FileRun[][]): StoredRun[] {
  const rest = folders.map((runs) => [...runs]);
  const joined: StoredRun[] = [];
  for (;;) {
    for (const runs of rest) {
      while (runs.length > 0 && joined.some(({ epoch }) => epoch === runs[0].epoch)) runs.shift();
    }
    const heads = rest.flatMap((runs) => runs.slice(0, 1));
    if (heads.length === 0) return joined;
    joined.push(heads.reduce((a, b) => (b.t0 ?? 0n) < (a.t0 ?? 0n) ? b : a));
  }
}

/** The frames that a folder has of a device in one run, from a sequence number on. */
export function* runParts(
  runs: readonly FileRun[],
  device: string,
  epoch: string,
  from: number,
): Generator<BacklogPart> {
  for (const { path, row } of runs.filter((it) => it.epoch === epoch)) {
    try {
      using reader = new SegmentReader(path);
      // A row that is damaged is missing: the numbers say so.
      const rows = reader.rows({ devices: [device], epoch, row, next: BigInt(from) }, () => {});
      for (const { items, first } of rows) yield* backlogParts(items, Number(first));
    } catch {
      // The same of a file.
    }
  }
}
