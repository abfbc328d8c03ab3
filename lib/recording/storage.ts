import { getLogger } from "@logtape/logtape";
import type { RecordingStorage } from "../wire/recordings.ts";
import type { RecorderReport } from "./protocol/messages.ts";
import type { DeviceFeed } from "./feed/device_feed.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** With less room than this many times `min_free`, a warning is given. */
const LOW_FACTOR = 4;

/** The time after which the disk is slow, if what was sent is not stored. */
const SLOW_MS = 5_000;

/** The state of the disk that is recorded to, as the recorder reports it. */
export class Storage {
  readonly #folder: string;
  readonly #minFreeBytes: number;
  #freeBytes: number | null = null;
  #reason: string | null = null;
  #isLow = false;
  #share: string | null = null;

  constructor(folder: string, minFreeBytes: number) {
    this.#folder = folder;
    this.#minFreeBytes = minFreeBytes;
  }

  /** True while nothing can be stored. */
  get isPaused(): boolean {
    return this.#reason !== null;
  }

  /**
   * The state as data.
   *
   * @param failure Why there is no recorder; `undefined` while there is one.
   */
  status(feeds: readonly Pick<DeviceFeed, "unstoredMs">[], failure?: string): RecordingStorage {
    const isBehind = feeds.some(({ unstoredMs }) => unstoredMs > SLOW_MS);
    const isDown = failure !== undefined && feeds.length > 0;
    const state = isDown
      ? "down"
      : this.isPaused
      ? "paused"
      : feeds.length === 0
      ? "idle"
      : isBehind
      ? "slow"
      : this.#isLow
      ? "low"
      : "ok";
    const reason = isDown ? `the recorder is started again: ${failure}` : this.#reason;
    return { state, reason, free_bytes: this.#freeBytes, folder: this.#folder, share: this.#share };
  }

  /** Returns true if the room has become less than the margin of the warning. */
  take(report: RecorderReport): boolean {
    const wasLow = this.#isLow;
    if (report.report === "paused") {
      this.#reason = report.reason;
      logger.error("Recording has stopped: {reason}. The bench streams on; recording goes on when there is room", {
        reason: report.reason,
      });
    } else if (report.report === "resumed") {
      this.#reason = null;
      logger.warn("Recording goes on", {});
    } else if (report.report === "disk") this.#takeDisk(report);
    return this.#isLow && !wasLow;
  }

  /** More of a feed is on the disk, after so many milliseconds. */
  stored(deviceId: string, ms: number): void {
    if (ms > SLOW_MS) {
      logger.warn("The disk of the recordings is slow: a part of {device_id} was stored after {ms} ms", {
        device_id: deviceId,
        ms: Math.round(ms),
      });
    }
  }

  #takeDisk({ freeBytes, filesystem }: Extract<RecorderReport, { report: "disk" }>): void {
    this.#freeBytes = freeBytes;
    const isLow = freeBytes < LOW_FACTOR * this.#minFreeBytes;
    if (isLow && !this.#isLow) {
      logger.warn("The disk of the recordings has {free} MiB left; recording stops at {min} MiB", {
        free: Math.floor(freeBytes / MIB),
        min: Math.ceil(this.#minFreeBytes / MIB),
      });
    }
    this.#isLow = isLow;
    if (!filesystem || this.#share !== null) return;
    this.#share = filesystem;
    logger.warn("The recordings are on a network share ({filesystem}), where a broken connection can damage them", {
      filesystem,
      folder: this.#folder,
    });
  }
}

const MIB = 1024 * 1024;
