import { signal } from "@preact/signals";
import type { Feed } from "./feed.ts";
import type { DevicePast } from "./past.ts";
import { type LoadPast, missingPart, PastLoader } from "./past_loader.ts";
import type { Picture } from "./picture.ts";
import type { TimeRange, View } from "./view.ts";

/** In a shorter window that follows the time, the time before the page's own samples soon is out of sight. */
const MIN_LIVE_SPAN = 120;

/** A recording whose samples are looked at. Times are seconds since 1970. */
export interface RecordedRun extends TimeRange {
  id: string;
  name: string;
  deviceIds: string[];
}

/** A recording that is drawn over the plots. */
export interface Overlay {
  run: RecordedRun;
  /** The seconds by which its samples are moved to the right. */
  shift: number;
}

/** The knowledge of a device's past. */
export interface PastState {
  past: DevicePast | undefined;
  isLoading: boolean;
  failure: string | undefined;
}

/** The part of it that a page of plots has. */
export interface PagePastOptions {
  view: View;
  feeds: ReadonlyMap<string, Feed>;
  picture: (feed: Feed) => Picture;
  /** The channels of a device that are drawn. */
  channelsOf: (feed: Feed) => string[];
  pixels: () => number;
  onChange: () => void;
  /** The recording that the page shows instead of what devices stream now. */
  run?: RecordedRun;
  load: LoadPast;
}

/** The time before a page's own samples, and a recording for comparison, as the page's plots show them. */
export class PagePast {
  readonly overlay = signal<Overlay | undefined>(undefined);
  readonly #options: PagePastOptions;
  readonly #loader: PastLoader;
  #seen = "";

  constructor(options: PagePastOptions) {
    this.#options = options;
    this.#loader = new PastLoader(options.load, () => this.#onLoaded());
  }

  /** The part of the visible range for which the page has no samples; `undefined` if there is none. */
  missingPart(feed: Feed): TimeRange | undefined {
    const { view, picture, run } = this.#options;
    const { trace } = picture(feed);
    const isHalted = run !== undefined || view.isHalted.peek();
    const first = trace.length ? trace.times[trace.from] : undefined;
    return missingPart(view.range, first, { isHalted, minSpan: MIN_LIVE_SPAN });
  }

  /** All samples of a view that stands still, where the page's own ones are thinned for a longer window. */
  detail(feed: Feed): DevicePast | undefined {
    const { range } = this.#options.view;
    const past = this.#isThinned(feed) ? this.#loader.of(feed.deviceId) : undefined;
    return past && past.from <= range.from && past.to >= range.to ? past : undefined;
  }

  #isThinned(feed: Feed): boolean {
    const { view, picture, pixels } = this.#options;
    // After a step of the clock, the page moves its own samples to the present clock; the daemon does not.
    if (!view.isHalted.peek() || feed.steps.length || this.missingPart(feed)) return false;
    const { trace } = picture(feed);
    const { from, to } = view.range;
    const [first, end] = [trace.find(from), trace.find(to)];
    if (end - first > pixels()) return false;
    return trace.skipped.subarray(first, end).some((skipped) => skipped > 0);
  }

  of({ deviceId }: Feed): PastState {
    return this.#stateOf(deviceId);
  }

  /** The samples of the recording that is drawn over the plots, at their own times. */
  overlaid({ deviceId }: Feed): DevicePast | undefined {
    return this.overlay.value && this.#loader.of(overlayKey(deviceId, this.overlay.value));
  }

  /** Draws a recording over the plots, moved by so many seconds; without a recording, removes it. */
  lay(overlay: Overlay | undefined): void {
    this.overlay.value = overlay;
    this.#options.onChange();
  }

  /** Requests the visible part of the past, unless the view has moved since the last call. */
  look(): void {
    const { view, feeds, pixels, channelsOf, run } = this.#options;
    const { from, to } = view.range;
    const isStill = run !== undefined || !view.isHalted.peek() || `${from} ${to}` === this.#seen;
    this.#seen = `${from} ${to}`;
    if (!isStill) return;
    const overlay = this.overlay.peek();
    const span = to - from;
    for (const feed of feeds.values()) {
      const { deviceId } = feed;
      const channels = channelsOf(feed);
      const part = this.missingPart(feed) ?? (this.#isThinned(feed) ? { from, to } : undefined);
      if (part) this.#loader.want(deviceId, { deviceId, range: part, span, pixels: pixels(), channels });
      if (!overlay?.run.deviceIds.includes(deviceId)) continue;
      const start = Math.max(overlay.run.from, from - overlay.shift);
      const end = Math.min(overlay.run.to, to - overlay.shift);
      if (start >= end) continue;
      const range = { from: start, to: end };
      this.#loader.want(overlayKey(deviceId, overlay), { deviceId, range, span, pixels: pixels(), channels });
    }
  }

  clear(): void {
    this.#loader.clear();
  }

  #stateOf(key: string): PastState {
    return { past: this.#loader.of(key), isLoading: this.#loader.isLoading(key), failure: this.#loader.failure(key) };
  }

  #onLoaded(): void {
    for (const feed of this.#options.feeds.values()) {
      const past = this.#loader.of(feed.deviceId);
      // A live stream names its own channels, those without numbers included.
      if (past && this.#options.run) feed.addNumbers(past.lines.keys());
    }
    this.#options.onChange();
  }
}

function overlayKey(deviceId: string, { run }: Overlay): string {
  return `${run.id}/${deviceId}`;
}
