import type { Device } from "../../device/device.ts";
import { MAX_HISTORY_CHANNELS } from "../../wire/history.ts";
import { journalOf } from "../feed/journal.ts";
import type { EntryHead } from "../../stream/entries/entry.ts";
import type { Ring } from "../../stream/ring.ts";
import type { Recordings } from "../recordings.ts";
import type { HistoryRequest } from "./history_request.ts";
import type { StartHistory } from "./history_process.ts";

/** Reading ends after this time: what was read until then is the answer. */
const MAX_READ_MS = 5000;

/** The part of a device's past that is asked for. Times are in microseconds since 1970. */
export type HistorySpan = Pick<HistoryRequest, "from" | "to" | "points" | "channels">;

/** A span of a device's past as JSON: from its recordings, if there are any, and from its ring. */
export function deviceHistory(
  device: Device,
  part: HistorySpan,
  { recordings, start, signal }: { recordings?: Recordings; start: StartHistory; signal?: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
  const { id, log } = device;
  log.ring.trim();
  // Taken before the recordings are read: entries that leave the ring meanwhile are in the recordings.
  const stored = recordings?.storedOf(log) ?? [];
  const ring = bytesOf(log.ring, (entry) => !stored.some((it) => isIn(entry, it)));
  const folders = (recordings?.all ?? []).filter(({ deviceIds }) => deviceIds.includes(id)).map(({ folder }) => folder);
  const request: HistoryRequest = {
    ...part,
    device: id,
    sample: device.sample,
    root: recordings?.folder ?? null,
    folders,
    key: journalOf(log).key,
    maxMs: MAX_READ_MS,
    maxChannels: MAX_HISTORY_CHANNELS,
  };
  return start(request, ring, signal);
}

/** The bytes of the entries for which `matches` is true, in few pieces. */
function bytesOf(ring: Ring, matches: (entry: EntryHead) => boolean): Uint8Array[] {
  const { firstEntry, nextEntry } = ring;
  const pieces: Uint8Array[] = [];
  for (let end = firstEntry; end < nextEntry; end++) {
    const from = end;
    while (end < nextEntry && matches(ring.head(end))) end++;
    for (const piece of ring.pieces(from, end)) pieces.push(piece);
  }
  return pieces;
}

/** True if an entry of the ring is stored. False for an event at either end: whether it is stored is unknown. */
function isIn({ first, next, isNotice }: EntryHead, stored: { first: number; next: number }): boolean {
  const isBehindStart = isNotice ? first > stored.first : first >= stored.first;
  return isBehindStart && first < stored.next && next <= stored.next;
}
