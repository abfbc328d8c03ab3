import type { MeasuredDevice } from "../bench/bench.ts";
import type { Feed } from "./feed.ts";

/** For larger samples the past is not requested, in bytes: the next waveform replaces it. */
const LARGE_SAMPLE_BYTES = 2_000;
/** The newest value is never older than half a second, even if the plot shows an hour. */
const MIN_RATE_HZ = 4;
/** A screen shows no more, and a page with ten devices can process it. */
const MAX_RATE_HZ = 1_000;
/** For a plot that needs each sample: of devices that are faster together, a page gets fewer. */
export const MAX_TOTAL_RATE_HZ = 5_000;
/** A rate near the limit does not open the stream again and again. */
const SLACK = 0.8;
/** `thin=minmax` sends the smallest and the largest number of each interval. */
const POINTS_PER_PIXEL = 2;

type Stream = MeasuredDevice["stream"];

/** The stream that a page requests. */
export interface StreamRequest {
  deviceIds: string[];
  /** In Hz; infinite for each sample. */
  maxRate: number;
  /** The seconds of the past with which a device without a place to resume begins. */
  past: number;
  /** The id after which the other devices resume. */
  since: string | undefined;
  /** True if the page comes back by itself: it then does not start a device that was stopped meanwhile. */
  waits: boolean;
}

/** A device on the page, and its stream at the daemon. */
export interface Streamed {
  feed: Feed;
  stream: Stream;
  /** The rate in Hz, if it is known. */
  rate?: number;
}

/** True if a page can process each sample of these devices. `isSo` is the present answer. */
export function canTakeAll(devices: readonly Streamed[], isSo: boolean): boolean {
  if (devices.some(({ rate }) => rate === undefined)) return isSo;
  return devices.reduce((sum, { rate = 0 }) => sum + rate, 0) <= MAX_TOTAL_RATE_HZ * (isSo ? 1 : SLACK);
}

/** The devices that the daemon has: one unknown device would have the whole stream refused. */
export function streamedOf(feeds: Iterable<Feed>, all: readonly MeasuredDevice[] = []): Streamed[] {
  return [...feeds].flatMap((feed) =>
    all.filter(({ device_id }) => device_id === feed.deviceId).map(({ stream, rate }) => ({ feed, stream, rate }))
  );
}

/**
 * The request for these devices: as many points as there are pixels, each device from its place, and a new one from the
 * beginning of the window.
 *
 * @param span The length of the time window in seconds.
 * @param needsAll True for each sample.
 */
export function streamRequest(
  devices: readonly Streamed[],
  span: number,
  pixels: number,
  needsAll = false,
): StreamRequest {
  const deviceIds = devices.map(({ feed }) => feed.deviceId);
  const places = devices.flatMap(({ feed, stream }) => {
    const next = nextOf(feed, stream) ?? (sampleBytes(stream) > LARGE_SAMPLE_BYTES ? stream.sequence : undefined);
    return next === undefined ? [] : [{ epoch: stream.epoch, place: `${feed.deviceId}:${next - 1}` }];
  });
  return {
    deviceIds,
    maxRate: needsAll ? Infinity : maxRate(span, pixels),
    past: span,
    since: places.length ? sinceOf(places) : undefined,
    waits: devices.some(({ feed }) => feed.state !== undefined),
  };
}

/** The places as one id. The devices of a view are of several runs: an epoch holds for the places behind it. */
function sinceOf(places: readonly { epoch: string; place: string }[]): string {
  return [...Map.groupBy(places, ({ epoch }) => epoch)].flatMap((
    [epoch, of],
  ) => [epoch, ...of.map(({ place }) => place)])
    .join(";");
}

/** True if the daemon has more of a time window than the page, and can send again all that the page has. */
export function isShort({ feed, stream }: Streamed, from: number): boolean {
  const { gaps, live: { trace } } = feed;
  return trace.length > 0 && trace.times[trace.from] > from && gaps.count === 0 &&
    trace.sequences[trace.from] - trace.skipped[trace.from] > stream.oldest;
}

/** The number of the next sample; `undefined` for a device that is new, or new again. */
function nextOf({ gaps: { epoch, next } }: Feed, stream: Stream): number | undefined {
  return epoch === stream.epoch ? next : undefined;
}

/** The mean size of the samples that the daemon holds. */
function sampleBytes({ bytes, sequence, oldest }: Stream): number {
  return bytes / Math.max(1, sequence - oldest);
}

/**
 * The rate in Hz that gives each pixel of the time window its smallest and its largest number. In steps of √2: a plot that
 * becomes slightly wider needs no new stream.
 */
export function maxRate(windowSeconds: number, pixels: number): number {
  const rate = POINTS_PER_PIXEL * Math.max(1, pixels) / windowSeconds;
  const step = 2 ** (Math.ceil(2 * Math.log2(rate)) / 2);
  return Number(Math.min(MAX_RATE_HZ, Math.max(MIN_RATE_HZ, step)).toPrecision(3));
}
