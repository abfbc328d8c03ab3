import { eventFrame, makeBlock, sampleFramer, StreamLog } from "../../lib/stream/mod.ts";

/** A log of the device "daq1" in the run "e". */
export function filledLog(sequence = 0, maxBytes = 1e6) {
  const log = new StreamLog({ deviceId: "daq1", epoch: "e", sequence, ring: { maxBytes, maxAgeMs: 1e9 } });
  const frame = sampleFramer({ deviceId: "daq1", epoch: "e", arrays: "json" });
  return {
    log,
    /** Appends so many samples as one entry. */
    append(count: number): void {
      const first = log.sequence;
      log.append(makeBlock(first, Array.from({ length: count }, (_, i) => frame(first + i, 0))));
    },
    /** Appends an event. Returns its frame. */
    notify(event: string): string {
      const bytes = eventFrame(event, { device_id: "daq1" });
      log.notify(bytes);
      return new TextDecoder().decode(bytes);
    },
  };
}
