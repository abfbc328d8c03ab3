import type { LogRecord, Sink } from "@logtape/logtape";
import { elapsed } from "../format/elapsed.ts";
import { messageText } from "./text_line.ts";

/** The times after which a count is written: the first, the second, and all others. */
const REPORT_AFTER_MS = [60_000, 600_000, 3_600_000];

/** The time after which a repeated line counts as a new one. */
export const NEW_AFTER_MS = 1_800_000;

const MINUTE_MS = 60_000;

/** The number of different lines that are remembered; the oldest is dropped for a new one. */
const MAX_LINES = 100;

/** A line that was written, and its repetitions. */
interface Line {
  /** The newest of the equal records. */
  record: LogRecord;
  count: number;
  seenAt: number;
  /** The number of records written in the minute that began at `minuteAt`. */
  written: number;
  minuteAt: number;
  /** The time at which the line, or its count, was written. */
  reportedAt: number;
  /** The number of counts that were written. */
  reports: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** The lines that count as repetitions of each other. */
export interface Repetition {
  /** This number of them is written in each minute before the others are counted. Defaults to the first line only. */
  perMinute?: number;
  /** The key that equal lines share. By default the text, in which numbers do not count. */
  keyOf?: (record: LogRecord) => string;
  /** The word for a repetition. */
  word?: string;
}

/** Writes the first of equal lines, counts the others, and writes their number at growing intervals. */
export class RepeatedLines {
  readonly #write: Sink;
  readonly #perMinute: number;
  readonly #keyOf: (record: LogRecord) => string;
  readonly #word: string;
  readonly #lines = new Map<string, Line>();

  constructor(write: Sink, { perMinute = 0, keyOf = textKey, word = "the same" }: Repetition = {}) {
    this.#write = write;
    this.#perMinute = perMinute;
    this.#keyOf = keyOf;
    this.#word = word;
  }

  add(record: LogRecord): void {
    const now = performance.now();
    const key = this.#keyOf(record);
    const line = this.#lines.get(key);
    if (!line || now - line.seenAt >= NEW_AFTER_MS) return this.#begin(key, record, now);
    line.record = record;
    line.seenAt = now;
    if (now - line.minuteAt >= MINUTE_MS) Object.assign(line, { written: 0, minuteAt: now });
    if (++line.written <= this.#perMinute) return this.#write(record);
    line.count++;
    const wait = REPORT_AFTER_MS[Math.min(line.reports, REPORT_AFTER_MS.length - 1)];
    line.timer ??= setTimeout(() => this.#report(line), Math.max(0, line.reportedAt + wait - now));
  }

  /** Writes the outstanding counts. The next line of each kind is a new one. */
  flush(): void {
    for (const line of this.#lines.values()) this.#report(line);
    this.#lines.clear();
  }

  /** Drops the outstanding counts. The next line of each kind is a new one. */
  clear(): void {
    for (const { timer } of this.#lines.values()) clearTimeout(timer);
    this.#lines.clear();
  }

  #begin(key: string, record: LogRecord, now: number): void {
    this.#drop(key);
    if (this.#lines.size >= MAX_LINES) this.#drop(this.#lines.keys().next().value!);
    this.#lines.set(key, { record, count: 0, written: 1, minuteAt: now, seenAt: now, reportedAt: now, reports: 0 });
    this.#write(record);
  }

  #drop(key: string): void {
    const line = this.#lines.get(key);
    this.#lines.delete(key);
    if (line) this.#report(line);
  }

  #report(line: Line): void {
    const { record, count, reportedAt } = line;
    const now = performance.now();
    clearTimeout(line.timer);
    Object.assign(line, { count: 0, reportedAt: now, reports: line.reports + 1, timer: undefined });
    if (count === 0) return;
    const repeated = `${this.#word} ${count === 1 ? "once more" : `${count} times`}`;
    this.#write({
      ...record,
      timestamp: Date.now(),
      message: [`${messageText(record)} (${repeated} in the last ${elapsed(now - reportedAt)})`],
      properties: { ...record.properties, repeated: count, within_s: Math.round((now - reportedAt) / 1000) },
    });
  }
}

/** The key of equal lines. Numbers that stand alone do not count: delays and process ids differ. */
function textKey(record: LogRecord): string {
  const text = messageText(record).replaceAll(/(?<![\w.])\d+(\.\d+)*(?!\w)/g, "#");
  return `${record.category.join(".")} ${record.level} ${record.properties.device_id ?? ""} ${text}`;
}
