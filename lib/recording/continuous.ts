import { getLogger } from "@logtape/logtape";
import { messageOf } from "../errors.ts";
import type { Recording } from "./recording.ts";
import type { RecordingTable } from "./recording_table.ts";
import { applyRetention, type Retention } from "./retention.ts";

const logger = getLogger(["labdaemon", "recording"]);

/** The period in which the retention is applied. */
const SWEEP_MS = 60_000;

/** The first look comes sooner: a daemon that starts again and again keeps to the retention, too. */
const FIRST_SWEEP_MS = 5_000;

/** The parts of {@linkcode ContinuousRecordings}. */
export interface ContinuousRecordingsParts {
  /** The devices that are always recorded, and how much is kept of them. */
  always: ReadonlyMap<string, Retention>;
  all: RecordingTable;
  /** Files of a recording were removed. */
  removed: (recording: Recording) => void;
}

/** The recordings of devices that are always recorded, whose oldest files are removed. */
export class ContinuousRecordings {
  readonly #parts: ContinuousRecordingsParts;
  #sweeping: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: ContinuousRecordingsParts) {
    this.#parts = parts;
  }

  /** Starts a recording for each device that is always recorded, and stops those of other devices. */
  async load(): Promise<void> {
    const { always, all } = this.#parts;
    const continuous = all.list.filter(({ isAlways }) => isAlways);
    for (const recording of continuous) {
      if (always.has(recording.patterns[0])) recording.continue();
      else if (!recording.isStopped) await recording.finish();
    }
    for (const deviceId of always.keys()) {
      if (continuous.some(({ patterns }) => patterns[0] === deviceId)) continue;
      await all.createAnyway({ name: `always-${deviceId}`, always: true, devices: [deviceId] });
    }
    if (always.size > 0) this.#sweepAfter(FIRST_SWEEP_MS);
  }

  /** Removes the oldest files, as the retention of each device says. */
  async applyRetention(): Promise<void> {
    const { always, all } = this.#parts;
    for (const recording of all.list) {
      const { id, isAlways, isStopped, patterns: [deviceId], folder } = recording;
      const retention = always.get(deviceId);
      if (!isAlways || isStopped || !retention) continue;
      try {
        const { length: count } = await applyRetention(folder, retention);
        if (count === 0) continue;
        logger.debug("{count} old files were removed", { recording_id: id, count });
        this.#parts.removed(recording);
      } catch (error) {
        logger.error("The retention cannot be kept: {error}", { recording_id: id, error: messageOf(error) });
      }
    }
  }

  /** Stops removing old data. */
  stop(): void {
    clearTimeout(this.#sweeping);
    this.#sweeping = undefined;
  }

  #sweepAfter(ms: number): void {
    this.#sweeping = setTimeout(async () => {
      await this.applyRetention();
      // It was stopped meanwhile.
      if (this.#sweeping !== undefined) this.#sweepAfter(SWEEP_MS);
    }, ms);
  }
}
