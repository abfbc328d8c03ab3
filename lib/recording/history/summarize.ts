import type { ChannelPath } from "../../format/channels.ts";
import { runText } from "../../stream/columns/run_text.ts";
import type { StoredBlock } from "../store/columns/block.ts";
import { splitFrames, type StoredFrame } from "../store/frames.ts";
import { Past } from "./past.ts";
import type { Summary } from "./summary.ts";
import { KEPT_EVENTS } from "./past_events.ts";
import { ThinnedChannel } from "./thinned_channel.ts";

/** The samples of a tile. */
const TILE_SAMPLES = 32;

/** The tiles of a block. */
const MAX_TILES = 64;

/** The part of an event in front of its payload is shorter. */
const HEAD_CHARS = 400;

/** A part with more channels, gaps or events has no summary. */
const MAX_CHANNELS = 256;
const MAX_SPANS = 100;
const MAX_EVENTS = 200;

/**
 * The summary of a block; `undefined` if it would be too large.
 *
 * @param t0 The earliest and the latest time of the block, in microseconds.
 */
export function summaryOf(
  block: Pick<StoredBlock, "items">,
  count: number,
  t0: number,
  t1: number,
): Summary | undefined {
  const events: StoredFrame[] = [];
  let hasWaveforms = false;
  for (const item of block.items) {
    const text = typeof item === "string" ? item : item.template.channels ? "" : runText(item, 1);
    for (const frame of splitFrames(text)) {
      // In front of the payload, which may have megabytes.
      hasWaveforms ||= frame.data.lastIndexOf('","dt":', HEAD_CHARS) >= 0;
      if (typeof item === "string" && KEPT_EVENTS.has(frame.event)) events.push(frame);
    }
  }
  const tiles = hasWaveforms ? MAX_TILES : Math.max(1, Math.min(MAX_TILES, Math.ceil(count / TILE_SAMPLES)));
  const about = { device: "", sample: null, root: null, folders: [], key: "", maxMs: 0, maxChannels: MAX_CHANNELS };
  // The last waveform may go on behind the time of the last sample: that is in the last tile.
  const width = (t1 - t0 + 1) / tiles;
  const past = new Past({ ...about, from: t0, to: Infinity, points: tiles * 2 }, width);
  past.addBlock("", block);
  const contents = past.contents("");
  if (!contents || events.length > MAX_EVENTS || contents.samples.length > MAX_SPANS) return undefined;
  const { samples, channels, lastTime } = contents;
  return { t0, t1: Math.max(t1, lastTime), tile: width + Math.max(0, lastTime - t1), samples, events, channels };
}

/** The summary of several parts that follow each other, each of which becomes a tile; `undefined` if there is too much in it. */
export function joinSummaries(parts: readonly Summary[]): Summary | undefined {
  const channels = new Map<string, { path: ChannelPath; thinned: ThinnedChannel }>();
  const samples: Summary["samples"] = [];
  for (const [i, part] of parts.entries()) {
    for (const { path, thinned } of part.channels) {
      const key = JSON.stringify(path);
      const joined = channels.get(key) ?? { path, thinned: new ThinnedChannel(parts.length) };
      channels.set(key, joined);
      thinned.addTo(joined.thinned, () => i);
    }
    for (const span of part.samples) {
      const last = samples.at(-1);
      if (last?.next === span.first) last.next = span.next;
      else samples.push({ ...span });
    }
  }
  const events = parts.flatMap((part) => part.events);
  if (channels.size > MAX_CHANNELS || events.length > MAX_EVENTS || samples.length > MAX_SPANS) return undefined;
  const t0 = Math.min(...parts.map((part) => part.t0));
  const t1 = Math.max(...parts.map((part) => part.t1));
  const tile = Math.max(...parts.map((part) => part.t1 - part.t0 + 1));
  return { t0, t1, tile, samples, events, channels: [...channels.values()] };
}
