import type { HistoryAnswer } from "../../wire/history.ts";
import { microsecondsOf, timeText } from "./frame_time.ts";
import type { HistoryRequest } from "./history_request.ts";
import { type SequenceSpan, type Spans, spansOf } from "./spans.ts";

/** The events of one answer. */
const MAX_EVENTS = 1000;

/** The jumps of the numbers, after which reading ends: it bounds the memory. */
const MAX_JUMPS = 10_000;

/** The events that a history has. */
export const KEPT_EVENTS = new Set(["device_state", "gap", "clock"]);

type EventData = Record<string, unknown>;

interface KnownEvent {
  time: number;
  event: EventData;
  /** The key of its log. */
  key: string;
}

/** The states, gaps and steps of the clock in a span of a device's past. Each counts once, whatever number of recordings has it. */
export class PastEvents {
  readonly #request: HistoryRequest;
  readonly #known = new Set<string>();
  readonly #events: KnownEvent[] = [];
  readonly #gaps = new Map<string, KnownEvent>();
  readonly #gapSpans = new Map<string, Spans>();
  /** The logs whose clock was set. */
  readonly #stepped = new Set<string>();
  /** The times of the samples behind a jump of the numbers, in microseconds, by the log's key and the number. */
  readonly #arrivals = new Map<string, number>();
  #hasMore = false;

  constructor(request: HistoryRequest) {
    this.#request = request;
  }

  /** True if there are too many gaps to read on. */
  get isFull(): boolean {
    return this.#arrivals.size + this.#gaps.size > MAX_JUMPS;
  }

  /** The time of a sample whose predecessor is not known. */
  addJump(key: string, sequence: number, time: number): void {
    this.#arrivals.set(`${key} ${sequence}`, time);
  }

  /** The time of a sample whose predecessor was not known. */
  arrivalOf(key: string, sequence: number): number | undefined {
    return this.#arrivals.get(`${key} ${sequence}`);
  }

  add(key: string, event: string, data: string): void {
    const time = microsecondsOf(data);
    if (!KEPT_EVENTS.has(event) || time === undefined || this.#known.has(data)) return;
    const all = JSON.parse(data) as EventData;
    if (event === "gap" && typeof all.from === "number" && typeof all.to === "number") {
      spansOf(this.#gapSpans, key).add(all.from, all.to + 1);
      this.#gaps.set(`${key} ${all.from} ${all.to}`, { time, event: all, key });
      return;
    }
    if (event === "clock") this.#stepped.add(key);
    if (time < this.#request.from || time >= this.#request.to) return;
    if (this.#events.length >= MAX_EVENTS) {
      this.#hasMore = true;
      return;
    }
    this.#known.add(data);
    this.#events.push({ time, event: all, key });
  }

  /**
   * The events before `to`, in order. A gap has the time of the first sample after it, and leaves out numbers that
   * `samples` has. Numbers that are in neither a gap nor `samples` become gaps, too.
   */
  answer(samples: ReadonlyMap<string, Spans>, to: number): Pick<HistoryAnswer, "events" | "more_events"> {
    const all: Pick<KnownEvent, "time" | "event">[] = [...this.#events];
    for (const { key, time, event } of this.#gaps.values()) {
      const [first, next] = [event.from as number, (event.to as number) + 1];
      for (const gap of samples.get(key)?.missing(first, next) ?? []) all.push(this.#gap(key, gap, time, event));
    }
    for (const [key, had] of samples) {
      // After a step of the clock, samples between two others may have times outside of the span.
      if (this.#stepped.has(key)) continue;
      for (const { first, next } of had.gaps()) {
        const time = this.#arrivals.get(`${key} ${next}`) ?? this.#request.from;
        const missing = this.#gapSpans.get(key)?.missing(first, next) ?? [{ first, next }];
        for (const gap of missing) all.push(this.#gap(key, gap, time, { reason: "expired" }));
      }
    }
    const within = all.filter(({ time }) => time >= this.#request.from && time < to).sort((a, b) => a.time - b.time);
    const events = within.slice(0, MAX_EVENTS).map(({ event }) => event);
    return { events, more_events: this.#hasMore || within.length > MAX_EVENTS };
  }

  /** @param noticed The time of the gap, if there is no sample behind it. */
  #gap(key: string, { first, next }: SequenceSpan, noticed: number, known: EventData) {
    const time = this.#arrivals.get(`${key} ${next}`) ?? noticed;
    const about = { event: "gap", device_id: this.#request.device, timestamp: timeText(time) };
    return { time, event: { ...about, ...known, from: first, to: next - 1, lost: next - first } };
  }
}
