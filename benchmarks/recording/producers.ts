import { DeviceFeed } from "../../lib/recording/feed/device_feed.ts";
import { Feeder } from "../../lib/recording/feed/feeder.ts";
import { startRecorderProcess } from "../../lib/recording/feed/recorder_process.ts";
import { makeBlock, sampleFramer } from "../../lib/stream/mod.ts";
import { StreamLog } from "../../lib/stream/stream_log.ts";

/** The period of the producers. */
export const PERIOD_MS = 20;

/** A device whose samples are made in this process. */
export interface Producer {
  log: StreamLog;
  /** Appends the samples of one period. */
  produce(): void;
}

/** @param count The samples of a period. */
export function producer(deviceId: string, count: number, payload: (i: number) => unknown): Producer {
  const log = new StreamLog({ deviceId, epoch: "bench", ring: { maxBytes: 64 * 1024 ** 2, maxAgeMs: 600_000 } });
  const frame = sampleFramer({ deviceId, epoch: "bench", arrays: "base64" });
  return {
    log,
    produce() {
      const first = log.sequence;
      log.append(makeBlock(first, Array.from({ length: count }, (_, i) => frame(first + i, payload(first + i)))));
    },
  };
}

export const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs producers for some seconds. `tick` is called after each period. */
export async function produce(producers: readonly Producer[], forSeconds: number, tick = () => {}): Promise<void> {
  const begun = performance.now();
  for (let period = 1; period * PERIOD_MS <= forSeconds * 1000; period++) {
    for (const it of producers) it.produce();
    tick();
    await delay(Math.max(0, begun + period * PERIOD_MS - performance.now()));
  }
}

/** Records producers into a folder, by a recorder in a process of its own. */
export function recording(producers: readonly Producer[], folder: string) {
  const totals = { samples: 0, lost: 0, bytes: 0 };
  const feeder = new Feeder(() => startRecorderProcess({ folder, minFreeBytes: 0 }), {
    opened: (_, { totals: found }) => void found,
    stored(feed, part) {
      feed.stored(part.entry);
      totals.samples += part.samples;
      totals.lost += part.lost;
      totals.bytes += part.bytes;
    },
    report() {},
  });
  const feeds = producers.map(({ log }) => new DeviceFeed({ log, folder, start: "now", describe: () => ({}) }));
  for (const feed of feeds) feeder.add(feed);
  return {
    totals,
    feeder,
    async stop() {
      for (const feed of feeds) feed.end();
      feeder.wake();
      await Promise.all(feeds.map(({ closed }) => closed));
      await feeder.close();
    },
  };
}
