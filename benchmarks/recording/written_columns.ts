import { joinSummaries, summaryOf } from "../../lib/recording/history/summarize.ts";
import { packSummary, type Summary } from "../../lib/recording/history/summary.ts";
import { runText } from "../../lib/stream/columns/run_text.ts";
import { makeStoredBlock, packStoredBlock } from "../../lib/recording/store/columns/block_bytes.ts";
import { Segment } from "../../lib/recording/store/segment.ts";
import { nextSegment } from "../../lib/recording/store/segment_files.ts";
import { readIndex } from "../../lib/recording/store/segment_index.ts";
import type { Run } from "../../lib/stream/columns/run.ts";
import { frameOf, RECEIVED_AFTER, START, valueOf } from "./written.ts";

/** The samples of a block: the recorder makes one as soon as some rows of some 200 ms have 8,192. */
const BLOCK_SAMPLES = 10_000;

/** The summaries that are joined, as by the recorder. */
const JOINED = 64;

/** A file ends as those of the recorder do, by its size. */
const SEGMENT_BYTES = 1024 ** 3;

const COMMIT_BLOCKS = 50;

/**
 * Writes the recording that {@linkcode writeRecording} writes, as the recorder leaves it in the end: blocks of columns with
 * their summaries. No text is made of the samples but that of the first block, which is compared: 360 million take minutes.
 */
export function writeColumns(folder: string, rate: number, samples: number): void {
  const frames = new TextEncoder().encode(
    Array.from({ length: BLOCK_SAMPLES }, (_, i) => frameOf(i, rate)).join(""),
  );
  const [{ template }] = makeStoredBlock([{ id: 0, frames }]).items as Run[];
  const runOf = (first: number, count: number): Run => {
    const columns = template.slots.map((_, slot) => new Float64Array(slot < 2 ? 0 : count));
    for (let i = 0; i < count; i++) {
      columns[2][i] = START + Math.round((first + i) * 1e6 / rate);
      columns[3][i] = columns[2][i] + RECEIVED_AFTER;
      columns[4][i] = valueOf(first + i);
    }
    return { template, columns, at: 0, count, first };
  };
  if (runText(runOf(0, BLOCK_SAMPLES)) !== new TextDecoder().decode(frames)) throw new Error("the columns are others");
  let segment: Segment | undefined;
  let source = 0;
  let joined: { firstRow: number; lastRow: number; parts: Summary[] } = { firstRow: 0, lastRow: 0, parts: [] };
  const addSummary = (level: number, firstRow: number, lastRow: number, summary: Summary) =>
    segment!.addSummary({
      ...{ level, source, firstRow, lastRow, tile: summary.tile, bytes: packSummary(summary) },
      ...{ t0: BigInt(summary.t0) * 1000n, t1: BigInt(Math.ceil(summary.t1)) * 1000n },
    });
  const join = () => {
    if (joined.parts.length > 0) addSummary(1, joined.firstRow, joined.lastRow, joinSummaries(joined.parts)!);
    joined = { firstRow: 0, lastRow: 0, parts: [] };
  };
  const end = () => {
    join();
    segment?.commit();
    segment?.close();
    segment = undefined;
  };
  for (let first = 0, blocks = 1; first < samples; first += BLOCK_SAMPLES, blocks++) {
    segment ??= new Segment(`${folder}/${nextSegment(folder)}`);
    const count = Math.min(BLOCK_SAMPLES, samples - first);
    const items = [runOf(first, count)];
    const { columns: [, , times] } = items[0];
    const [t0, t1] = [times[0], times[count - 1]];
    // The bytes of the text, about: who reads blocks does not need them.
    const size = Math.round(frames.length / BLOCK_SAMPLES * count);
    const row = segment.insert({
      ...{ source: { device: "daq1", epoch: "e1", key: "benchmark" }, first, next: first + count, count, lost: 0 },
      ...{ t0: BigInt(t0) * 1000n, t1: BigInt(t1) * 1000n, entry: blocks, bytes: new Uint8Array() },
    });
    source = row.source;
    segment.replace([row.id], size, packStoredBlock({ parts: [{ id: row.id, size }], items }));
    const summary = summaryOf({ items }, count, t0, t1)!;
    addSummary(0, row.id, row.id, summary);
    joined = {
      firstRow: joined.firstRow || row.id,
      lastRow: row.id,
      parts: [...joined.parts, joinSummaries([summary])!],
    };
    if (joined.parts.length >= JOINED) join();
    if (blocks % COMMIT_BLOCKS === 0) segment.commit();
    if (segment.bytes >= SEGMENT_BYTES) end();
  }
  end();
  readIndex(folder);
}
