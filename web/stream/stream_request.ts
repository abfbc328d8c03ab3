import type { SeenDevice } from "../bench/bench.ts";
import type { Wish } from "./connection.ts";
import type { Feed } from "./device_feed.ts";

/** The past of a device with larger samples is not worth its way, in bytes: the next waveform covers it. */
const LARGE_SAMPLE = 2_000;

type Stream = SeenDevice["stream"];

/** A device on the page, and its stream as the daemon has it. */
export interface Streamed {
  feed: Feed;
  stream: Stream;
}

/**
 * The stream to ask for: as many points as there are pixels, each device from where it was, and one that is new here from
 * the beginning of the window.
 */
export function wishFor(devices: readonly Streamed[], span: number, pixels: number): Wish {
  const deviceIds = devices.map(({ feed }) => feed.deviceId);
  const places = devices.flatMap(({ feed, stream }) => {
    const next = nextOf(feed, stream) ?? (sizeOf(stream) > LARGE_SAMPLE ? stream.sequence : undefined);
    return next === undefined ? [] : [`${feed.deviceId}:${next - 1}`];
  });
  return {
    deviceIds,
    maxRate: maxRate(span, pixels),
    past: span,
    since: places.length ? [devices[0].stream.epoch, ...places].join(";") : undefined,
    waits: devices.some(({ feed }) => feed.state !== undefined),
  };
}

/** Whether the daemon has more of a window than the page, and can tell again all that the page knows. */
export function isShort({ feed, stream }: Streamed, from: number): boolean {
  const { holes, live: { trace } } = feed;
  return trace.length > 0 && trace.times[trace.from] > from && holes.count === 0 &&
    trace.sequences[trace.from] - trace.skipped[trace.from] > stream.oldest;
}

/** The number of the sample that comes next here; `undefined` for a device that is new, or new again. */
function nextOf({ holes: { epoch, next } }: Feed, stream: Stream): number | undefined {
  return epoch === stream.epoch ? next : undefined;
}

/** Of a sample that the daemon still has, in bytes. */
function sizeOf({ bytes, sequence, oldest }: Stream): number {
  return bytes / Math.max(1, sequence - oldest);
}

/** A newest value is never older than half a second, also where an hour is on the plot. */
const MIN_RATE_HZ = 4;
/** More than any screen can show, and as much as a page with ten devices can take in. */
const MAX_RATE_HZ = 1_000;
/** `thin=minmax` gives the smallest and the largest number of each interval. */
const POINTS_PER_PIXEL = 2;

/**
 * How many points a second to ask the daemon for, so that each pixel of the time window gets its smallest and its largest
 * number. In steps of √2: a plot that gets a little wider needs no new stream.
 */
export function maxRate(windowSeconds: number, pixels: number): number {
  const wanted = POINTS_PER_PIXEL * Math.max(1, pixels) / windowSeconds;
  const step = 2 ** (Math.ceil(2 * Math.log2(wanted)) / 2);
  return Number(Math.min(MAX_RATE_HZ, Math.max(MIN_RATE_HZ, step)).toPrecision(3));
}
