import { sentinel } from "../../format/sentinels.ts";
import { segmentsWith } from "../store/segment_index.ts";
import { SegmentReader } from "../store/segment_reader.ts";
import type { Selection } from "../store/selection.ts";
import type { StoredEvent } from "../store/stored_events.ts";
import { valuesOf } from "./columns.ts";
import { timeIn } from "../store/frames.ts";
import { isExactInteger, parseKeepingIntegers } from "./exact_value.ts";

/** The span of time that is thinned, in nanoseconds since 1970. */
export interface TimeSpan {
  from: bigint;
  to: bigint;
}

/** The span of a selection, as far as its recording has data: a time may be open, as the year 9999. */
export function spanOf(folder: string, selection: Selection): TimeSpan {
  const spans = segmentsWith(folder, selection).flatMap((name) => spanIn(`${folder}/${name}`, selection) ?? []);
  const from = spans.reduce((least, { t0 }) => t0 < least ? t0 : least, spans[0]?.t0 ?? 0n);
  const to = spans.reduce((most, { t1 }) => t1 >= most ? t1 + 1n : most, 0n);
  return {
    from: selection.from !== undefined && selection.from > from ? selection.from : from,
    to: selection.to !== undefined && selection.to < to ? selection.to : to,
  };
}

function spanIn(path: string, selection: Selection): { t0: bigint; t1: bigint } | undefined {
  try {
    using reader = new SegmentReader(path);
    return reader.span(selection);
  } catch {
    // The export names the file.
    return undefined;
  }
}

/**
 * Fewer samples, whole and in order: the span is cut into `points / 2` intervals, and of each interval and each number
 * of a device the samples with the smallest and the largest one are kept, and the first one in which it is missing or
 * an overload. Of samples without numbers the first one of an interval is kept. Every other event is kept, and ends the
 * interval of its device, so that a drawing of the samples never crosses a gap.
 */
export function* thinnedEvents(
  events: Iterable<StoredEvent>,
  { from, to }: TimeSpan,
  points: number,
): Generator<StoredEvent, void> {
  const intervals = BigInt(Math.max(1, Math.floor(points / 2)));
  const length = to > from ? to - from : 1n;
  const open = new Map<string, Interval>();
  for (const event of events) {
    const { device } = event;
    let interval = open.get(device);
    if (event.event !== "device_data") {
      if (interval) yield* interval.kept();
      open.delete(device);
      yield event;
      continue;
    }
    const time = timeIn(event.data) ?? from;
    const number = (time - from) * intervals / length;
    if (interval?.number !== number) {
      if (interval) yield* interval.kept();
      open.set(device, interval = new Interval(number));
    }
    interval.add(event);
  }
  for (const interval of open.values()) yield* interval.kept();
}

/** A sample, and its place in its interval. */
interface Place {
  place: number;
  event: StoredEvent;
}

/** The samples of one number that are kept. */
interface Extremes {
  smallest?: Place & { value: number };
  largest?: Place & { value: number };
  missing?: Place;
}

/** The samples of a device in one interval. */
class Interval {
  readonly number: bigint;
  readonly #channels = new Map<string, Extremes>();
  #first: Place | undefined;
  #count = 0;

  constructor(number: bigint) {
    this.number = number;
  }

  add(event: StoredEvent): void {
    const at: Place = { place: this.#count++, event };
    this.#first ??= at;
    const { payload } = parseKeepingIntegers(event.data) as { payload?: unknown };
    for (const [key, value] of valuesOf(payload)) {
      const number = numberOf(value);
      if (number === undefined && value !== null) continue;
      const found = this.#channels.get(key) ?? {};
      this.#channels.set(key, found);
      // An overload is no measurement: as the largest number it would hide that.
      if (number === undefined || !Number.isFinite(number) || sentinel(number)) found.missing ??= at;
      else {
        if (!found.smallest || number < found.smallest.value) found.smallest = { ...at, value: number };
        if (!found.largest || number > found.largest.value) found.largest = { ...at, value: number };
      }
    }
  }

  *kept(): Generator<StoredEvent, void> {
    const places = [...this.#channels.values()].flatMap((
      { smallest, largest, missing },
    ) => [smallest, largest, missing]);
    const kept = new Map(places.filter((it) => it !== undefined).map(({ place, event }) => [place, event]));
    if (kept.size === 0 && this.#first) return yield this.#first.event;
    for (const place of [...kept.keys()].sort((a, b) => a - b)) yield kept.get(place)!;
  }
}

/** A number; of an integer beyond 2^53 the nearest one. `undefined` for anything else. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return isExactInteger(value) ? Number(JSON.stringify(value)) : undefined;
}
