import type { GapEvent } from "../../lib/client/mod.ts";

/** Samples of one device that are not on the plot, and that nobody chose to leave out. */
export interface Hole {
  deviceId: string;
  /**
   * The daemon's own reasons (`slow-reader`, `expired`, `restart`, `source`), and those of this page: `unseen` (it was not
   * told why), `unwatched` (it was away; the daemon had the samples) and `clock` (the daemon's clock was set back).
   */
  reason: string;
  /** How many; `null` if nobody knows. */
  lost: number | null;
  /** The times of the last sample before and of the first one after; `undefined` as long as there is none. */
  from: number | undefined;
  to: number | undefined;
  /** Whether those times lie before the clock was set back: they are told, and no longer drawn. */
  isBygone: boolean;
}

/** A sample's place in the stream. */
export interface Place {
  /** The event's id: `k3f9;daq1:42;host1:7`, the device of the event last. */
  id: string;
  sequence: number;
  skipped: number;
  /** Of this sample and of the one before it; seconds since 1970. */
  time: number;
  before: number | undefined;
  /** Whether the device was stopped between them. */
  wasStopped: boolean;
  /** How long the sample was on its way, in seconds. */
  late: number;
  /** How far apart the points are that the daemon was asked for, in seconds. */
  interval: number;
}

/** The oldest are forgotten; what they have lost still counts. */
const MOST_HOLES = 500;

/**
 * The books of one device's stream: which sample must come next, and what is missing. For every reader within an epoch,
 * samples + skipped + lost = produced; what does not add up becomes a hole, told or not.
 */
export class Holes {
  readonly deviceId: string;
  /** In the order in which they were found. */
  readonly list: Hole[] = [];
  /** How many there ever were. */
  count = 0;
  /** The life of the daemon in which `next` counts. */
  epoch: string | undefined;
  /** The number of the sample that comes next. */
  next: number | undefined;
  #open: Hole[] = [];
  #isCatchingUp = false;

  constructor(deviceId: string) {
    this.deviceId = deviceId;
  }

  /** Where the stream begins, unless that is known already. */
  onPlace(id: string): void {
    if (this.next !== undefined) return;
    ({ epoch: this.epoch, next: this.next } = placeOf(id));
  }

  /** The stream was cut off. */
  interrupted(): void {
    this.#isCatchingUp = true;
  }

  /** The daemon says what is missing. `newest` is the time of the last sample before. */
  onGap({ reason, lost, from }: GapEvent, id: string, newest: number | undefined): void {
    const { epoch, next } = placeOf(id);
    if (epoch === this.epoch && this.next !== undefined && from > this.next) {
      this.#add("unseen", from - this.next, newest);
    }
    this.#add(reason, lost, newest);
    [this.epoch, this.next] = [epoch, next];
  }

  /** A sample has come. Says whether the line goes on to it; `undefined`, if it has been here before. */
  onSample({ id, sequence, skipped, time, before, wasStopped, late, interval }: Place): boolean | undefined {
    const { epoch } = placeOf(id);
    const { next } = this;
    if (epoch !== this.epoch) {
      if (this.epoch !== undefined) this.#add("restart", null, before);
    } else if (next !== undefined) {
      if (sequence < next) return undefined;
      if (sequence - skipped > next) this.#add("unseen", sequence - skipped - next, before);
    }
    [this.epoch, this.next] = [epoch, sequence + 1];

    // Points may be two intervals apart. Of what the page was too slow to take comes the newest, however long that was.
    const limit = 1 + 4 * interval;
    if (late > limit) this.#isCatchingUp = true;
    const isFar = before !== undefined && !wasStopped && time - before > limit;
    if (this.#isCatchingUp && skipped > 0 && isFar) this.#unwatched(skipped, before);
    if (late <= limit) this.#isCatchingUp = false;
    return !this.#close(time);
  }

  /** The daemon's clock went back to `time`: so many points that lay behind it are taken away. */
  onClock(time: number, points: number): void {
    for (const hole of this.list) {
      if (hole.to !== undefined && hole.to > time) hole.isBygone = true;
    }
    this.#add("clock", points, time);
    this.#close(time);
  }

  #unwatched(skipped: number, before: number): void {
    const last = this.list.at(-1);
    if (last?.reason !== "unwatched" || last.to !== before) return this.#add("unwatched", skipped, before);
    last.lost! += skipped;
    this.#open.push(last);
  }

  #add(reason: string, lost: number | null, from: number | undefined): void {
    const hole = { deviceId: this.deviceId, reason, lost, from, to: undefined, isBygone: false };
    this.list.push(hole);
    this.#open.push(hole);
    this.count++;
    if (this.list.length > MOST_HOLES) this.list.shift();
  }

  /** Ends the holes that are open, if there are any. */
  #close(time: number): boolean {
    const open = this.#open.splice(0);
    for (const hole of open) hole.to = time;
    return open.length > 0;
  }
}

/** The epoch of an id, and the number of the sample that comes after it. */
export function placeOf(id: string): { epoch: string; next: number } {
  return { epoch: id.slice(0, id.indexOf(";")), next: Number(id.slice(id.lastIndexOf(":") + 1)) + 1 };
}
