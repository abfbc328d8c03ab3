import type { StreamLog } from "../stream/stream_log.ts";
import type { DeviceFeed } from "./feed/device_feed.ts";
import type { StoredFeed } from "./protocol/messages.ts";

/** The samples of a device that all recordings have stored since it was added. */
export interface DeviceProgress {
  samples: number;
  /** The samples that gaps count. */
  lost: number;
  bytes: number;
}

const NONE: DeviceProgress = { samples: 0, lost: 0, bytes: 0 };

/** The stored samples of each device, and their distance to its stream. */
export class Progress {
  readonly #feeds: () => readonly DeviceFeed[];
  readonly #byLog = new WeakMap<StreamLog, DeviceProgress>();

  constructor(feeds: () => readonly DeviceFeed[]) {
    this.#feeds = feeds;
  }

  /** More is stored. */
  add({ log }: DeviceFeed, part: Pick<StoredFeed, "samples" | "lost" | "bytes">): void {
    const { samples, lost, bytes } = this.of(log);
    this.#byLog.set(log, {
      samples: samples + part.samples,
      lost: lost + part.lost,
      bytes: bytes + part.bytes,
    });
  }

  /** The stored samples of the device with this log. */
  of(log: StreamLog): DeviceProgress {
    return this.#byLog.get(log) ?? NONE;
  }

  /** The age of the oldest part that is not stored; 0 if all is, or nothing is recorded. In milliseconds. */
  behindMs(log: StreamLog): number {
    return Math.max(0, ...this.#feeds().filter((feed) => feed.log === log).map(({ unstoredMs }) => unstoredMs));
  }
}
