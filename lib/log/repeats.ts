import type { LogRecord, Sink } from "@logtape/logtape";
import { elapsed } from "../format/elapsed.ts";
import { messageText } from "./text_line.ts";

/** After which time the equal lines are told that came meanwhile: the first time, the second, and ever after. */
const TOLD_AFTER_MS = [60_000, 600_000, 3_600_000];

/** What was not said for so long is news again. */
export const NEWS_AFTER_MS = 1_800_000;

const MINUTE_MS = 60_000;

/** More different lines than this are not remembered: the oldest makes way. */
const MOST_LINES = 100;

/** One line that was written, and what came since. */
interface Line {
  /** The last of its kind. */
  record: LogRecord;
  count: number;
  seenAt: number;
  /** How many passed in the minute that began then. */
  passed: number;
  minuteAt: number;
  /** When it was written, or its count told. */
  toldAt: number;
  /** How often its count was told. */
  times: number;
  timer?: ReturnType<typeof setTimeout>;
}

/**
 * Writes the first of equal lines, and counts the others: how many there were is told at growing intervals. With `aMinute`,
 * so many of them are written in each minute before the others are counted.
 */
export class Repeats {
  readonly #write: Sink;
  readonly #aMinute: number;
  readonly #lines = new Map<string, Line>();

  constructor(write: Sink, aMinute = 0) {
    this.#write = write;
    this.#aMinute = aMinute;
  }

  add(record: LogRecord): void {
    const now = performance.now();
    const key = keyOf(record);
    const line = this.#lines.get(key);
    if (!line || now - line.seenAt >= NEWS_AFTER_MS) return this.#begin(key, record, now);
    line.record = record;
    line.seenAt = now;
    if (now - line.minuteAt >= MINUTE_MS) Object.assign(line, { passed: 0, minuteAt: now });
    if (++line.passed <= this.#aMinute) return this.#write(record);
    line.count++;
    const wait = TOLD_AFTER_MS[Math.min(line.times, TOLD_AFTER_MS.length - 1)];
    line.timer ??= setTimeout(() => this.#tell(line), Math.max(0, line.toldAt + wait - now));
  }

  /** Tells what is still to be told. What comes next is news. */
  flush(): void {
    for (const line of this.#lines.values()) this.#tell(line);
    this.#lines.clear();
  }

  /** The same, without telling. */
  forget(): void {
    for (const { timer } of this.#lines.values()) clearTimeout(timer);
    this.#lines.clear();
  }

  #begin(key: string, record: LogRecord, now: number): void {
    this.#drop(key);
    if (this.#lines.size >= MOST_LINES) this.#drop(this.#lines.keys().next().value!);
    this.#lines.set(key, { record, count: 0, passed: 1, minuteAt: now, seenAt: now, toldAt: now, times: 0 });
    this.#write(record);
  }

  #drop(key: string): void {
    const line = this.#lines.get(key);
    this.#lines.delete(key);
    if (line) this.#tell(line);
  }

  #tell(line: Line): void {
    const { record, count, toldAt } = line;
    const now = performance.now();
    clearTimeout(line.timer);
    Object.assign(line, { count: 0, toldAt: now, times: line.times + 1, timer: undefined });
    if (count === 0) return;
    const told = count === 1 ? "the same once more" : `the same ${count} times`;
    this.#write({
      ...record,
      timestamp: Date.now(),
      message: [`${messageText(record)} (${told} in the last ${elapsed(now - toldAt)})`],
      properties: { ...record.properties, repeated: count, within_s: Math.round((now - toldAt) / 1000) },
    });
  }
}

/** Equal lines have the same: numbers that stand alone differ from one delay or process to the next. */
function keyOf(record: LogRecord): string {
  const words = messageText(record).replaceAll(/(?<![\w.])\d+(\.\d+)*(?!\w)/g, "#");
  return `${record.category.join(".")} ${record.level} ${record.properties.device_id ?? ""} ${words}`;
}
