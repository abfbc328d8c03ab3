import { channels, nameOf, unitAt } from "../../format/channels.ts";
import { isPackedArray } from "../../wire/packed_array.ts";
import type { HistoryAnswer } from "../../wire/history.ts";
import { numbersIn } from "../export/columns.ts";
import { runText } from "../../stream/columns/run_text.ts";
import type { StoredBlock } from "../store/columns/block.ts";
import { splitFrames } from "../store/frames.ts";
import { microsecondsOf } from "./frame_time.ts";
import type { HistoryRequest } from "./history_request.ts";
import { PastEvents } from "./past_events.ts";
import { isLoneArray, numberOf, sequenceOf } from "./sample_text.ts";
import { type Spans, spansOf } from "./spans.ts";
import type { Summary } from "./summary.ts";
import { ThinnedChannel } from "./thinned_channel.ts";

/**
 * A span of a device's past that grows: thinned channels, and events. The same samples may come twice, as from two recordings
 * and from the ring: they count once.
 */
export class Past {
  readonly #request: HistoryRequest;
  readonly #width: number;
  readonly #intervals: number;
  readonly #channels = new Map<string, { path: readonly string[]; thinned: ThinnedChannel }>();
  readonly #samples = new Map<string, Spans>();
  readonly #events: PastEvents;
  /** Samples at this time and later are left out. */
  #to: number;
  #count = 0;
  #hasMoreChannels = false;
  /** The time of the latest value, in microseconds. */
  #lastTime = 0;

  /** @param width The length of an interval, in microseconds. */
  constructor(request: HistoryRequest, width = intervalOf(request)) {
    this.#request = request;
    this.#events = new PastEvents(request);
    this.#to = request.to;
    this.#intervals = Math.max(1, Math.floor(request.points / 2));
    this.#width = width;
  }

  /** True if there are too many gaps to read on. */
  get isFull(): boolean {
    return this.#events.isFull;
  }

  /** True if the past has all samples of these numbers. */
  has(key: string, first: number, next: number): boolean {
    return next > first && (this.#samples.get(key)?.has(first, next) ?? false);
  }

  /** Leaves out everything from a time on, in microseconds. */
  endAt(time: number): void {
    this.#to = time;
  }

  /** Adds a block of a log. */
  addBlock(key: string, { items }: Pick<StoredBlock, "items">): void {
    const { from } = this.#request;
    for (const item of items) {
      const found = typeof item === "string" ? undefined : item.template.channels;
      if (typeof item === "string" || !found) {
        this.add(key, typeof item === "string" ? item : runText(item));
        continue;
      }
      const { columns, at, count, first } = item;
      const spans = spansOf(this.#samples, key);
      const used = found.map(([path, slot]) => ({ path, values: columns[slot], thinned: NOT_KNOWN }));
      const times = columns[TIME_SLOT];
      const [missing] = spans.missing(first, first + count);
      const areNew = missing?.first === first && missing.next === first + count;
      if (areNew) {
        if (!spans.has(first - 1, first)) this.#events.addJump(key, first, times[at]);
        spans.add(first, first + count);
      }
      for (let i = 0; i < count; i++) {
        const time = times[at + i];
        if (!areNew && !this.#isNew(key, spans, first + i, time) || time < from || time >= this.#to) continue;
        this.#count++;
        this.#lastTime = Math.max(this.#lastTime, time);
        const interval = this.#intervalOf(time);
        for (const it of used) {
          const value = it.values[at + i];
          // A channel begins with its first sample in the span.
          if (it.thinned === NOT_KNOWN) it.thinned = this.#channelOf(nameOf(it.path), it.path);
          it.thinned?.add(interval, time, value === value ? value : null);
        }
      }
    }
  }

  /** Adds what is known of a part of a log, all of which is in the span. */
  addSummary(key: string, { samples, events, channels }: Summary): void {
    const spans = spansOf(this.#samples, key);
    for (const { event, data } of events) this.#events.add(key, event, data);
    for (const { first, next, time } of samples) {
      if (!spans.has(first - 1, first)) this.#events.addJump(key, first, time);
      for (const missing of spans.missing(first, next)) this.#count += missing.next - missing.first;
      spans.add(first, next);
    }
    const intervalOf = (time: number) => time >= this.#request.from && time < this.#to ? this.#intervalOf(time) : -1;
    for (const { path, thinned } of channels) {
      const channel = this.#channelOf(nameOf(path), path);
      if (channel) thinned.addTo(channel, intervalOf);
    }
  }

  /** The part of one log, for a summary; `undefined` if the part is incomplete. */
  contents(key: string): Pick<Summary, "samples" | "channels"> & { lastTime: number } | undefined {
    if (this.#hasMoreChannels) return undefined;
    const spans = this.#samples.get(key)?.all ?? [];
    const samples = spans.map(({ first, next }) => ({ first, next, time: this.#events.arrivalOf(key, first) ?? 0 }));
    return { samples, channels: [...this.#channels.values()], lastTime: this.#lastTime };
  }

  /** Adds the frames of a log. */
  add(key: string, frames: Uint8Array | string): void {
    const spans = spansOf(this.#samples, key);
    for (const { event, data } of splitFrames(frames)) {
      if (event !== "device_data") {
        this.#events.add(key, event, data);
        continue;
      }
      const time = microsecondsOf(data);
      if (time !== undefined && this.#isNew(key, spans, sequenceOf(data), time)) this.#addSample(data, time);
    }
  }

  /** The spans that it has. */
  answer(): Pick<HistoryAnswer, "samples" | "channels" | "more_channels" | "events" | "more_events"> {
    for (const name of this.#request.channels ?? []) this.#channelOf(name, name.split("."));
    return {
      samples: this.#count,
      channels: [...this.#channels].map(([name, { path, thinned }]) => ({
        name,
        unit: unitAt(this.#request.sample, path),
        ...thinned.points(this.#to),
      })),
      more_channels: this.#hasMoreChannels,
      ...this.#events.answer(this.#samples, this.#to),
    };
  }

  /** Notes a sample. False if it is known already. */
  #isNew(key: string, spans: Spans, sequence: number, time: number): boolean {
    if (spans.has(sequence, sequence + 1)) return false;
    if (!spans.has(sequence - 1, sequence)) this.#events.addJump(key, sequence, time);
    spans.add(sequence, sequence + 1);
    return true;
  }

  #addSample(data: string, time: number): void {
    const { from } = this.#request;
    const to = this.#to;
    const number = numberOf(data);
    if (number !== undefined) {
      if (time < from || time >= to) return;
      this.#count++;
      this.#lastTime = Math.max(this.#lastTime, time);
      this.#channelOf("value", [])?.add(this.#intervalOf(time), time, number);
      return;
    }
    if (isLoneArray(data)) {
      if (time >= from && time < to) this.#count++;
      return;
    }
    const { payload, dt } = JSON.parse(data) as { payload: unknown; dt?: number };
    if (time >= to || time < from && !dt) return;
    if (time >= from) this.#count++;
    for (const [path, value] of channels(payload)) {
      const isList = Array.isArray(value) || isPackedArray(value);
      const values = typeof value === "number" || value === null
        ? [value]
        : isList && dt
        ? numbersIn(value)
        : undefined;
      const channel = values && this.#channelOf(nameOf(path), path);
      if (!values || !channel) continue;
      for (const [i, each] of values.entries()) {
        const at = time + Math.round(i * (dt ?? 0) * 1e6);
        if (at < from || at >= to) continue;
        this.#lastTime = Math.max(this.#lastTime, at);
        channel.add(this.#intervalOf(at), at, each);
      }
    }
  }

  #intervalOf(time: number): number {
    return Math.min(this.#intervals - 1, Math.floor((time - this.#request.from) / this.#width));
  }

  /** The channel of a name; `undefined` if it was not asked for, or there are too many. */
  #channelOf(name: string, path: readonly string[]): ThinnedChannel | undefined {
    const found = this.#channels.get(name);
    if (found) return found.thinned;
    const asked = this.#request.channels;
    if (asked && !asked.includes(name)) return undefined;
    if (this.#channels.size >= this.#request.maxChannels) {
      this.#hasMoreChannels = true;
      return undefined;
    }
    const thinned = new ThinnedChannel(this.#intervals);
    this.#channels.set(name, { path, thinned });
    return thinned;
  }
}

/** A channel that was not looked for. */
const NOT_KNOWN: ThinnedChannel | undefined = new ThinnedChannel(0);

/** The length of the intervals of a request, in microseconds. */
export function intervalOf({ from, to, points }: Pick<HistoryRequest, "from" | "to" | "points">): number {
  return (to - from) / Math.max(1, Math.floor(points / 2));
}

/** The place of a sample's time in a template. */
const TIME_SLOT = 2;
