import type { StreamEvent } from "../../wire/events.ts";
import type { FrameItem, Run } from "../../stream/columns/run.ts";

/** One frame of a log, or samples in columns, by the sequence numbers that they stand for. */
export interface BacklogPart {
  /** The number that is due at its beginning, and the one behind it; the same of an event. */
  first: number;
  next: number;
  /** The samples; 0 of an event and of a gap. */
  count: number;
  content: string | Run;
}

/**
 * The events of a log: those of a stream but `options`, which is for one reader. A recording has others, which are in no
 * stream. A new event without an entry here is an error of its type: readers of the backlog would not get it.
 */
const STREAMED: Readonly<Record<Exclude<StreamEvent["event"], "options">, true>> = {
  device_data: true,
  device_state: true,
  gap: true,
  clock: true,
  property: true,
  stream_error: true,
  progress: true,
  lease: true,
  alarm: true,
  task: true,
};

/**
 * The parts of a row, in order. Gaps of a recorder are left out: the numbers show missing samples.
 *
 * @param first The sequence number at the beginning of the row.
 */
export function* backlogParts(items: readonly FrameItem[], first: number): Generator<BacklogPart, void> {
  let due = first;
  for (const item of items) {
    if (typeof item !== "string") {
      due = item.first + item.count;
      yield { first: item.first, next: due, count: item.count, content: item };
      continue;
    }
    for (let at = 0; at < item.length;) {
      const end = item.indexOf("\n\n", at) + 2;
      if (end < 2) return;
      const content = item.slice(at, end);
      at = end;
      const idEnd = content.startsWith("id: ") ? content.indexOf("\n") + 1 : 0;
      const event = content.slice(idEnd + "event: ".length, content.indexOf("\n", idEnd));
      if (!Object.hasOwn(STREAMED, event)) continue;
      if (event === "device_data") {
        const sequence = Number(content.slice(content.lastIndexOf("-", idEnd) + 1, idEnd - 1));
        due = sequence + 1;
        yield { first: sequence, next: due, count: 1, content };
      } else if (event === "gap") {
        const { from, to, reason } = JSON.parse(content.slice(content.indexOf("\ndata: ") + "\ndata: ".length));
        if (to === null) continue;
        due = to + 1;
        if (reason === "source") yield { first: from, next: due, count: 0, content };
      } else yield { first: due, next: due, count: 0, content };
    }
  }
}

/** The parts of several recordings of one run, ordered by their first sequence number; events come before samples. */
export function* mergedParts(sources: readonly Generator<BacklogPart>[]): Generator<BacklogPart> {
  const rest = sources.map((source) => ({ source, head: source.next().value as BacklogPart | undefined }));
  const orderOf = ({ first, next }: BacklogPart) => first + (first === next ? 0 : 0.5);
  for (;;) {
    let least: { source: Generator<BacklogPart>; head: BacklogPart | undefined } | undefined;
    for (const it of rest) {
      if (it.head && (!least?.head || orderOf(it.head) < orderOf(least.head))) least = it;
    }
    if (!least?.head) return;
    yield least.head;
    least.head = least.source.next().value as BacklogPart | undefined;
  }
}
