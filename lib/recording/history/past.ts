import { channels, nameOf, unitAt } from "../../format/channels.ts";
import { isPackedArray } from "../../wire/packed_array.ts";
import type { HistoryAnswer } from "../../wire/history.ts";
import { numbersIn } from "../export/columns.ts";
import { splitFrames } from "../store/frames.ts";
import { microsecondsOf } from "./frame_time.ts";
import type { HistoryRequest } from "./history_request.ts";
import { PastEvents } from "./past_events.ts";
import { type Spans, spansOf } from "./spans.ts";
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
  /** What is not before this time, is left out. */
  #to: number;
  #count = 0;
  #hasMoreChannels = false;

  constructor(request: HistoryRequest) {
    this.#request = request;
    this.#events = new PastEvents(request);
    this.#to = request.to;
    this.#intervals = Math.max(1, Math.floor(request.points / 2));
    this.#width = (request.to - request.from) / this.#intervals;
  }

  /** True if there are so many gaps that no more may be read. */
  get isFull(): boolean {
    return this.#events.isFull;
  }

  /** True if it has all samples of these numbers. */
  has(key: string, first: number, next: number): boolean {
    return next > first && (this.#samples.get(key)?.has(first, next) ?? false);
  }

  /** Leaves out what is not before a time, in microseconds. */
  endAt(time: number): void {
    this.#to = time;
  }

  /** Adds the frames of a log. */
  add(key: string, frames: Uint8Array): void {
    const spans = spansOf(this.#samples, key);
    for (const { event, data } of splitFrames(frames)) {
      if (event !== "device_data") {
        this.#events.add(key, event, data);
        continue;
      }
      const sequence = sequenceOf(data);
      if (spans.has(sequence, sequence + 1)) continue;
      const time = microsecondsOf(data);
      if (time === undefined) continue;
      if (!spans.has(sequence - 1, sequence)) this.#events.addJump(key, sequence, time);
      spans.add(sequence, sequence + 1);
      this.#addSample(data, time);
    }
  }

  /** What it has. */
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

  #addSample(data: string, time: number): void {
    const { from } = this.#request;
    const to = this.#to;
    const number = numberOf(data);
    if (number !== undefined) {
      if (time < from || time >= to) return;
      this.#count++;
      this.#channelOf("value", [])?.add(this.#intervalOf(time), time, number);
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
        if (at >= from && at < to) channel.add(this.#intervalOf(at), at, each);
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

const SEQUENCE = '"sequence":';

function sequenceOf(data: string): number {
  const start = data.indexOf(SEQUENCE) + SEQUENCE.length;
  return Number(data.slice(start, data.indexOf(",", start)));
}

const PAYLOAD = '"payload":';

/** The payload, if it is a number and the last value of the event. */
function numberOf(data: string): number | undefined {
  const text = data.slice(data.lastIndexOf(PAYLOAD) + PAYLOAD.length, -1);
  const value = /^-?\d/.test(text) ? Number(text) : NaN;
  return Number.isNaN(value) ? undefined : value;
}
