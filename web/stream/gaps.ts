import type { GapEvent } from "../../lib/client/mod.ts";
import { placeOf } from "../tabs/place_of.ts";

/** Samples of one device that are missing on the plot, other than those left out by thinning. */
export interface PlotGap {
  deviceId: string;
  /**
   * The daemon's reasons (`slow-reader`, `expired`, `restart`, `source`), and those of this page: `unexplained` (the daemon sent
   * no reason), `unwatched` (the page was cut off; the daemon had the samples) and `clock` (the daemon's clock was set back).
   */
  reason: string;
  /** The number of samples; `null` if it is unknown. */
  lost: number | null;
  /** The times of the last sample before and of the first one after the gap; `undefined` if there is none. */
  from: number | undefined;
  to: number | undefined;
  /** True if these times are from before the clock was set back: the gap is listed, but not drawn. */
  isStale: boolean;
}

/** A sample that has arrived, with the one before it. */
export interface ArrivedSample {
  /** The event's id: `k3f9;daq1:42;host1:7`, with the device of the event last. */
  id: string;
  sequence: number;
  skipped: number;
  /** The times of this sample and of the one before it; seconds since 1970. */
  time: number;
  before: number | undefined;
  /** True if the device was stopped between them. */
  wasStopped: boolean;
  /** The delay of the sample in seconds. */
  late: number;
  /** The requested interval between points in seconds. */
  interval: number;
}

/** The oldest are removed from the list; the count still includes them. */
const MAX_GAPS = 500;

/**
 * Keeps account of one device's samples: which one comes next, and which are missing. For each reader within an epoch,
 * samples + skipped + lost = produced; a difference becomes a gap, reported or not.
 */
export class GapTracker {
  readonly deviceId: string;
  /** In the order in which they were found. */
  readonly list: PlotGap[] = [];
  /** The number of all gaps that were found. */
  count = 0;
  /** The epoch in which `next` counts. */
  epoch: string | undefined;
  /** The number of the next sample. */
  next: number | undefined;
  #open: PlotGap[] = [];
  #isCatchingUp = false;

  constructor(deviceId: string) {
    this.deviceId = deviceId;
  }

  /** Sets the beginning of the stream, unless that is known. */
  onPlace(id: string): void {
    if (this.next !== undefined) return;
    ({ epoch: this.epoch, next: this.next } = placeOf(id));
  }

  /** The stream was cut off. */
  interrupted(): void {
    this.#isCatchingUp = true;
  }

  /** The daemon reports missing samples. `newest` is the time of the last sample before. */
  onGap({ reason, lost, from }: GapEvent, id: string, newest: number | undefined): void {
    const { epoch, next } = placeOf(id);
    if (epoch === this.epoch && this.next !== undefined && from > this.next) {
      this.#add("unexplained", from - this.next, newest);
    }
    this.#add(reason, lost, newest);
    [this.epoch, this.next] = [epoch, next];
  }

  /** A sample has arrived. Returns true if the line continues to it; `undefined` if it has arrived before. */
  onSample({ id, sequence, skipped, time, before, wasStopped, late, interval }: ArrivedSample): boolean | undefined {
    const { epoch } = placeOf(id);
    const { next } = this;
    if (epoch !== this.epoch) {
      if (this.epoch !== undefined) this.#add("restart", null, before);
    } else if (next !== undefined) {
      if (sequence < next) return undefined;
      if (sequence - skipped > next) this.#add("unexplained", sequence - skipped - next, before);
    }
    [this.epoch, this.next] = [epoch, sequence + 1];

    // Points may be two intervals apart. After a page was too slow, the daemon sends only the newest sample.
    const limit = 1 + 4 * interval;
    if (late > limit) this.#isCatchingUp = true;
    const isFar = before !== undefined && !wasStopped && time - before > limit;
    if (this.#isCatchingUp && skipped > 0 && isFar) this.#unwatched(skipped, before);
    if (late <= limit) this.#isCatchingUp = false;
    return !this.#close(time);
  }

  /** The daemon's clock was set back to `time`: so many points after it are removed. */
  onClock(time: number, points: number): void {
    for (const gap of this.list) {
      if (gap.to !== undefined && gap.to > time) gap.isStale = true;
    }
    this.#add("clock", points, time);
    this.#close(time);
  }

  /** The daemon's clock was set by so many seconds: the gaps before are moved with their samples. */
  shift(seconds: number): void {
    for (const gap of this.list) {
      if (gap.from !== undefined) gap.from += seconds;
      if (gap.to !== undefined) gap.to += seconds;
    }
  }

  #unwatched(skipped: number, before: number): void {
    const last = this.list.at(-1);
    if (last?.reason !== "unwatched" || last.to !== before) return this.#add("unwatched", skipped, before);
    last.lost! += skipped;
    this.#open.push(last);
  }

  #add(reason: string, lost: number | null, from: number | undefined): void {
    const gap = { deviceId: this.deviceId, reason, lost, from, to: undefined, isStale: false };
    this.list.push(gap);
    this.#open.push(gap);
    this.count++;
    if (this.list.length > MAX_GAPS) this.list.shift();
  }

  /** Ends the open gaps. Returns false if there are none. */
  #close(time: number): boolean {
    const open = this.#open.splice(0);
    for (const gap of open) gap.to = time;
    return open.length > 0;
  }
}
