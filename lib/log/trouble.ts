import type { LogRecord, Sink } from "@logtape/logtape";
import { elapsed } from "../format/elapsed.ts";
import { NEWS_AFTER_MS, Repeats } from "./repeats.ts";

/** A device that recovers more often than this in half an hour flaps: its comings and goings are counted too. */
const MOST_RECOVERIES = 3;

/** A device that flapped and has been up for so long is up. */
const SETTLED_MS = 300_000;

/**
 * The log lines of a device from its first failure on. As long as it is away, and while it flaps, a line that it has
 * already written is counted instead; otherwise only what goes wrong is. When it is back, it is said after how long.
 */
export class Trouble {
  readonly #write: Sink;
  readonly #repeats: Repeats;
  #since = performance.now();
  #tries = 0;
  #isUp = false;
  #flaps = false;
  #recoveries: number[] = [];
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor(write: Sink) {
    this.#write = write;
    this.#repeats = new Repeats(write);
  }

  add(record: LogRecord, isFault: boolean): void {
    const { state } = record.properties;
    if (state === "retrying" || state === "faulted") this.#failed();
    if (!this.#isUp && (state === "connected" || state === "streaming")) return this.#recovered(record);
    if (this.#isUp && !this.#flaps && !isFault) this.#write(record);
    else this.#repeats.add(record);
  }

  /** It is no longer wanted. */
  end(): void {
    clearTimeout(this.#settling);
    this.#repeats.flush();
  }

  #failed(): void {
    clearTimeout(this.#settling);
    if (this.#isUp) {
      this.#isUp = false;
      this.#since = performance.now();
      this.#tries = 0;
    }
    this.#tries++;
  }

  #recovered(record: LogRecord): void {
    const now = performance.now();
    const away = now - this.#since;
    const tries = this.#tries === 1 ? "1 failed try" : `${this.#tries} failed tries`;
    const told = {
      ...record,
      message: [...record.message, ` after ${elapsed(away)} and ${tries}`],
      properties: { ...record.properties, failed_tries: this.#tries, away_s: Math.round(away / 1000) },
    };
    this.#isUp = true;
    this.#recoveries = [...this.#recoveries.filter((at) => now - at < NEWS_AFTER_MS), now];
    this.#flaps = this.#recoveries.length > MOST_RECOVERIES;
    if (this.#flaps) {
      this.#repeats.add(told);
      this.#settling = setTimeout(() => this.#settled(record), SETTLED_MS);
    } else {
      // What was counted is what this line tells.
      this.#repeats.forget();
      this.#write(told);
    }
  }

  #settled(record: LogRecord): void {
    this.#flaps = false;
    this.#recoveries = [];
    this.#repeats.flush();
    this.#write({ ...record, timestamp: Date.now(), message: [...record.message, ` for ${elapsed(SETTLED_MS)} now`] });
  }
}
