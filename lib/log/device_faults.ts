import type { LogRecord, Sink } from "@logtape/logtape";
import { elapsed } from "../format/elapsed.ts";
import { NEW_AFTER_MS, RepeatedLines } from "./repeated_lines.ts";

/** A device flaps if it recovers more often than this in half an hour. */
const MAX_RECOVERIES = 3;

/** The time without a failure after which a flapping device is stable again. */
const STABLE_AFTER_MS = 300_000;

/**
 * The log lines of a device from its first failure on. While the device is down, and while it flaps, repeated lines are
 * counted; otherwise only repeated faults are. Its recovery is written with the time that it was down.
 */
export class DeviceFaults {
  readonly #write: Sink;
  readonly #lines: RepeatedLines;
  #downSince = performance.now();
  #attempts = 0;
  #isUp = false;
  #flaps = false;
  #recoveries: number[] = [];
  #stableTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(write: Sink) {
    this.#write = write;
    this.#lines = new RepeatedLines(write);
  }

  add(record: LogRecord, isFault: boolean): void {
    const { state } = record.properties;
    if (state === "retrying" || state === "faulted") this.#onFailure();
    if (!this.#isUp && (state === "connected" || state === "streaming")) return this.#onRecovery(record);
    if (this.#isUp && !this.#flaps && !isFault) this.#write(record);
    else this.#lines.add(record);
  }

  /** Writes the outstanding counts, and ends. */
  end(): void {
    clearTimeout(this.#stableTimer);
    this.#lines.flush();
  }

  #onFailure(): void {
    clearTimeout(this.#stableTimer);
    if (this.#isUp) {
      this.#isUp = false;
      this.#downSince = performance.now();
      this.#attempts = 0;
    }
    this.#attempts++;
  }

  #onRecovery(record: LogRecord): void {
    const now = performance.now();
    const downMs = now - this.#downSince;
    const attempts = this.#attempts === 1 ? "1 failed try" : `${this.#attempts} failed tries`;
    const recovery = {
      ...record,
      message: [...record.message, ` after ${elapsed(downMs)} and ${attempts}`],
      properties: { ...record.properties, failed_tries: this.#attempts, away_s: Math.round(downMs / 1000) },
    };
    this.#isUp = true;
    this.#recoveries = [...this.#recoveries.filter((at) => now - at < NEW_AFTER_MS), now];
    this.#flaps = this.#recoveries.length > MAX_RECOVERIES;
    if (this.#flaps) {
      this.#lines.add(recovery);
      this.#stableTimer = setTimeout(() => this.#onStable(record), STABLE_AFTER_MS);
    } else {
      // The recovery's line contains the counts.
      this.#lines.clear();
      this.#write(recovery);
    }
  }

  #onStable(record: LogRecord): void {
    this.#flaps = false;
    this.#recoveries = [];
    this.#lines.flush();
    const message = [...record.message, ` for ${elapsed(STABLE_AFTER_MS)} now`];
    this.#write({ ...record, timestamp: Date.now(), message });
  }
}
