import { zstdDecompressSync } from "node:zlib";
import { compress } from "../../stream/columns/compress.ts";
import type { ChannelPath } from "../../format/channels.ts";
import { concat } from "../../format/concat.ts";
import type { StoredFrame } from "../store/frames.ts";
import { THINNED_COLUMNS, ThinnedChannel } from "./thinned_channel.ts";

/** A part of a log as a history needs it, thinned to tiles: the smallest and the largest numbers of short spans of time. */
export interface Summary {
  /** The earliest and the latest time in it, in microseconds since 1970. */
  t0: number;
  t1: number;
  /** The longest of its tiles, in microseconds. */
  tile: number;
  /** The samples by their sequence numbers, with the time of the first of them. */
  samples: { first: number; next: number; time: number }[];
  events: StoredFrame[];
  channels: { path: ChannelPath; thinned: ThinnedChannel }[];
}

/** The columns of a channel in the first version, whose summaries do not name their number. */
const FIRST_COLUMNS = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A summary in its stored form: the size of its head, the head as JSON, then the columns of its channels. */
export function packSummary({ channels, ...rest }: Summary): Uint8Array {
  const tiles = channels[0]?.thinned.columns[0].length ?? 0;
  const head = encoder.encode(
    JSON.stringify({ ...rest, tiles, columns: THINNED_COLUMNS, paths: channels.map(({ path }) => path) }),
  );
  const size = new Uint8Array(new Uint32Array([head.length]).buffer);
  const columns = channels.flatMap(({ thinned }) => thinned.columns.map((it) => new Uint8Array(it.slice().buffer)));
  return compress(concat([size, head, ...columns]));
}

/** The summary of {@linkcode packSummary}. */
export function unpackSummary(packed: Uint8Array): Summary {
  const bytes = new Uint8Array(zstdDecompressSync(packed));
  let at = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const { tiles, paths, columns: count = FIRST_COLUMNS, ...rest } = JSON.parse(decoder.decode(bytes.subarray(4, at)));
  const column = () => new Float64Array(bytes.slice(at, at += tiles * 8).buffer);
  const channels = (paths as string[][]).map((path) => {
    const columns = Array.from({ length: count }, column);
    return { path, thinned: new ThinnedChannel(tiles, columns) };
  });
  return { ...rest, channels };
}
