import type { HistoryAnswer } from "../../lib/client/mod.ts";
import { messageOf } from "../../lib/errors.ts";
import { type DevicePast, pastOf } from "./past.ts";
import type { TimeRange } from "./view.ts";

/** The daemon reads a few histories at a time, for all pages. */
const MAX_PARALLEL = 2;
/** The points of one answer, for each channel. */
const MAX_POINTS = 5000;
const MIN_POINTS = 100;
/** Two intervals for each pixel; of each, the smallest and the largest number. */
const POINTS_PER_PIXEL = 4;
/** The channels of one answer. */
const MAX_NAMES = 64;
/** The factor by which finer points are worth another request: less cannot be seen. */
const FINER = 3;

/** The span of a device's past to get, and the number of points in it. */
export interface PastQuery extends TimeRange {
  points: number;
  /** The names of channels; absent for all channels of the device. */
  channels: string[];
}

/** The part of a device's past that a plot shows. */
export interface PastWish {
  deviceId: string;
  range: TimeRange;
  /** The whole that the plot shows, in seconds and in pixels. */
  span: number;
  pixels: number;
  channels: string[];
}

/** A failed request is repeated after this time, if its answer is still wanted: the daemon may have been busy. */
const RETRY_MS = 5_000;

/** Gets a span of a device's past from the daemon. */
export type LoadPast = (deviceId: string, query: PastQuery, signal: AbortSignal) => Promise<HistoryAnswer>;

interface Loading {
  query: PastQuery;
  abort: AbortController;
}

/** The pasts that the plots of a page show, by a key for each. The newest request replaces the one before. */
export class PastLoader {
  readonly #load: LoadPast;
  readonly #onChange: () => void;
  readonly #pasts = new Map<string, { past: DevicePast; query: PastQuery }>();
  readonly #loading = new Map<string, Loading>();
  readonly #failures = new Map<string, { query: PastQuery; message: string; atMs: number }>();

  constructor(load: LoadPast, onChange: () => void) {
    this.#load = load;
    this.#onChange = onChange;
  }

  of(key: string): DevicePast | undefined {
    return this.#pasts.get(key)?.past;
  }

  isLoading(key: string): boolean {
    return this.#loading.has(key);
  }

  /** Why the newest request was not met; `undefined` if it was. */
  failure(key: string): string | undefined {
    return this.#failures.get(key)?.message;
  }

  /** Gets a span of a device's past, with some room on either side, unless it is there. */
  want(key: string, { deviceId, range, span, pixels, channels: drawn }: PastWish): void {
    // Names are joined by commas: a comma in one requests all channels.
    const channels = drawn.some((name) => name.includes(",")) ? [] : drawn.slice(0, MAX_NAMES);
    const room = (range.to - range.from) / 2;
    const [from, to] = [range.from - room, range.to + room];
    const density = Math.min(POINTS_PER_PIXEL * pixels / span, MAX_POINTS / (to - from));
    const isFine = (have: PastQuery) => have.points / (have.to - have.from) >= density / FINER;
    const known = this.#pasts.get(key);
    const hasChannels = channels.every((name) => known?.past.lines.has(name));
    if (known && hasChannels && covers(known.past, range) && (known.past.isFull || isFine(known.query))) return;
    const serves = (query: PastQuery | undefined) =>
      query && covers(query, range) && isFine(query) && `${query.channels}` === `${channels}`;
    const loading = this.#loading.get(key);
    const failed = this.#failures.get(key);
    if (serves(loading?.query)) return;
    if (failed && serves(failed.query) && performance.now() - failed.atMs < RETRY_MS) return;
    loading?.abort.abort();
    this.#loading.delete(key);
    if (this.#loading.size >= MAX_PARALLEL) return;
    const points = Math.min(MAX_POINTS, Math.max(MIN_POINTS, Math.round(density * (to - from))));
    void this.#start(key, deviceId, { from, to, points, channels });
  }

  /** Drops everything. */
  clear(): void {
    for (const { abort } of this.#loading.values()) abort.abort();
    this.#loading.clear();
    this.#failures.clear();
    this.#pasts.clear();
  }

  async #start(key: string, deviceId: string, query: PastQuery): Promise<void> {
    const loading = { query, abort: new AbortController() };
    this.#loading.set(key, loading);
    this.#onChange();
    try {
      const answer = await this.#load(deviceId, query, loading.abort.signal);
      if (this.#loading.get(key) !== loading) return;
      // What was asked for is covered, also where the daemon rounded the ends.
      const past = pastOf(answer, query.points);
      const whole = { ...past, from: query.from, to: past.isComplete ? query.to : past.to };
      this.#pasts.set(key, { past: whole, query });
      this.#failures.delete(key);
    } catch (error) {
      if (this.#loading.get(key) !== loading) return;
      this.#failures.set(key, { query, message: messageOf(error), atMs: performance.now() });
    }
    this.#loading.delete(key);
    this.#onChange();
  }
}

function covers(have: TimeRange, need: TimeRange): boolean {
  return have.from <= need.from && have.to >= need.to;
}

/** The part of a time range that the page itself does not have. */
export function missingPart(
  range: TimeRange,
  first: number | undefined,
  { isHalted, minSpan }: { isHalted: boolean; minSpan: number },
): TimeRange | undefined {
  const to = Math.min(range.to, first ?? range.to);
  const span = range.to - range.from;
  if (range.from >= to) return undefined;
  // A short window that follows the time soon fills with live samples.
  if (!isHalted && (first === undefined || span < minSpan)) return undefined;
  return { from: range.from, to };
}
