import { compress, MIN_COMPRESSED_BYTES } from "../../stream/columns/compress.ts";
import { nanoseconds } from "../store/frames.ts";
import type { StoredRun } from "../store/segment_runs.ts";
import type { RecordedPart } from "../../stream/past/recorded_part.ts";
import type { BacklogRequest } from "./backlog_request.ts";
import { mergedParts } from "./parts.ts";
import { folderRuns, joinRuns, runParts } from "./recorded_runs.ts";
import { RunOutput } from "./run_output.ts";

/**
 * The recorded frames of a device behind a place, run by run: each sample and event once and in order, whatever the number of
 * recordings that have it. What none of them has is a gap.
 */
export function* readBacklog(request: BacklogRequest): Generator<RecordedPart, void> {
  const { partBytes } = request;
  for (const part of partsBehind(request)) {
    const { isColumns, bytes: { length } } = part;
    // A single frame may be larger than a part: whoever takes no such parts sees it by its size.
    const isCompressed = request.compress === true && !isColumns && length >= MIN_COMPRESSED_BYTES &&
      length <= partBytes;
    yield isCompressed ? { ...part, bytes: compress(part.bytes), isCompressed } : part;
  }
}

function* partsBehind(request: BacklogRequest): Generator<RecordedPart, void> {
  const { device, folders, after, maxBytes, since } = request;
  const found = folders.map((folder) => folderRuns(folder, device, after ? {} : { maxBytes, since }));
  const runs = joinRuns(found);
  const known = runs.findIndex(({ epoch }) => epoch === after?.epoch);
  const time = after?.time === undefined ? 0n : nanoseconds(after.time) ?? 0n;
  const isLater = ({ t0, epoch }: StoredRun) => epoch === request.present || t0 !== null && t0 > time;
  const start = known >= 0 || !after ? Math.max(0, known) : runs.findIndex(isLater);
  let before = after;
  for (const { epoch } of start < 0 ? [] : runs.slice(start)) {
    const output = new RunOutput(request, epoch, before);
    const sources = found.map((runs) => runParts(runs, device, epoch, output.due ?? 0));
    for (const part of mergedParts(sources)) {
      yield* output.add(part);
      if (output.isOver) return;
    }
    yield* output.end();
    before = output.place ?? before;
  }
}
