import type { SeenDevice } from "../bench.ts";
import type { Wish } from "./connection.ts";
import type { Feed } from "./feed.ts";
import { maxRate } from "./max_rate.ts";

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
