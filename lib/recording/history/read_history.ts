import { messageOf } from "../../errors.ts";
import { concat } from "../../format/concat.ts";
import type { HistoryAnswer } from "../../wire/history.ts";
import { timeOf } from "../store/frames.ts";
import { timeText } from "./frame_time.ts";
import type { HistoryRequest } from "./history_request.ts";
import { oldestIn } from "../store/segment_index.ts";
import { mergedRows } from "./merged_rows.ts";
import { intervalOf, Past } from "./past.ts";

/**
 * The least number of a summary's tiles in an interval: a tile at the edge is in one of the two intervals that meet
 * there.
 */
const TILES = 2;

/** The damages of one answer. */
const MAX_DAMAGES = 20;

/**
 * A span of a device's past: from its recordings, and behind them from `ring`, the frames of its present log. The
 * frames must be taken before the recordings are read: entries that leave the ring meanwhile are in the recordings
 * then.
 */
export async function readHistory(request: HistoryRequest, ring: AsyncIterable<Uint8Array>): Promise<HistoryAnswer> {
  const { device, from, to, folders, key, maxMs } = request;
  const startedMs = performance.now();
  const past = new Past(request);
  const damaged: string[] = [];
  const addDamage = (message: string) => damaged.length < MAX_DAMAGES && damaged.push(message);
  const times = folders.map((folder) => oldestIn(folder, device)).filter((it) => it !== undefined);
  let end = to;
  const span = { from: BigInt(from) * 1000n, to: BigInt(to) * 1000n };
  const selection = { device, ...span, maxTile: intervalOf(request) / TILES };
  for (const row of mergedRows(folders, selection, addDamage)) {
    const start = Number(row.t0 / 1000n);
    // The first part is read even without time: a request that continues there always makes progress.
    if (start > from && (past.isFull || performance.now() - startedMs > maxMs)) {
      end = start;
      past.endAt(end);
      break;
    }
    if (past.has(row.key, row.first, row.next)) continue;
    try {
      row.addTo(past);
    } catch (error) {
      addDamage(messageOf(error));
    }
  }
  let isFirst = true;
  for await (const frames of ring) {
    const time = isFirst ? timeOf(frames) : undefined;
    if (time !== undefined) times.push(time);
    isFirst = false;
    past.add(key, frames);
  }
  const oldest = times.length > 0 ? times.reduce((a, b) => a < b ? a : b) : undefined;
  return {
    device_id: device,
    from: timeText(from),
    to: timeText(end),
    complete: end === to,
    oldest: oldest === undefined ? null : timeText(Number(oldest / 1000n)),
    ...past.answer(),
    damaged,
  };
}

const LINE_END = 10;

/** The bytes of a stream, cut where a frame ends. */
export async function* wholeFrames(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let parts: Uint8Array[] = [];
  let last = 0;
  for await (const piece of pieces) {
    const end = endOf(piece, last);
    last = piece.at(-1) ?? last;
    if (end > 0) yield concat([...parts, piece.subarray(0, end)]);
    if (end > 0) parts = [];
    parts.push(piece.subarray(end));
  }
}

/** The place behind the last end of a frame, which is two line ends. `before` is the byte before the piece. */
function endOf(piece: Uint8Array, before: number): number {
  for (let i = piece.length - 1; i >= 0; i--) {
    if (piece[i] === LINE_END && (i > 0 ? piece[i - 1] : before) === LINE_END) return i + 1;
  }
  return 0;
}
