import fc from "fast-check";
import type { Row } from "../../lib/recording/store/segment.ts";
import { clockFrame, eventFrame, sampleFramer } from "../../lib/stream/mod.ts";
import { frameMiddle, gapFrame } from "../../lib/stream/frame.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The time before the first sample, in microseconds since 1970. */
export const PIECES_START = Date.parse("2020-01-01T00:00:00Z") * 1000;

/** Some frames of one device that follow each other: what becomes a row. */
export interface Piece {
  /** As JSON text, so that also what JavaScript does not write is in it. */
  payloads: string[];
  /** The samples that are missing before them. */
  lost: number;
  /** An event before them. */
  event?: string;
  /** The time between two of them, in microseconds. */
  stepUs: number;
  isWaveform: boolean;
}

/** Pieces of other payloads. */
export function piecesOf(payloads: fc.Arbitrary<string[]>): fc.Arbitrary<Piece> {
  return fc.record({
    payloads,
    lost: fc.constantFrom(0, 0, 0, 1, 4),
    event: fc.constantFrom(undefined, undefined, "property", "gap", "clock", "device_state"),
    stepUs: fc.constantFrom(1000, 1000, 20, 0, -5000, 7_000_000),
    isWaveform: fc.constantFrom(false, false, false, true),
  });
}

/** The rows of some pieces. */
export function rowsOf(pieces: readonly Piece[], device: string): Row[] {
  const frame = sampleFramer({ deviceId: device, epoch: "e1", arrays: "json" });
  let sequence = 0;
  let us = PIECES_START;
  return pieces.map(({ payloads, lost, event, stepUs, isWaveform }, i): Row => {
    const first = sequence;
    let text = "";
    if (event === "property" || event === "device_state") {
      text += decoder.decode(eventFrame(event, { name: "ü", value: i, timestamp: timeText(us) }));
    }
    if (event === "clock") text += decoder.decode(clockFrame(device, -500));
    if (event === "gap") {
      const gap = { from: sequence, to: sequence + lost, reason: "source" } as const;
      text += decoder.decode(gapFrame({ deviceId: device, epoch: "e1" }, gap, sequence + lost + 1));
    }
    sequence += event === "gap" ? lost + 1 : lost;
    // The time of the event counts, too.
    let t0 = us;
    let t1 = us;
    for (const payload of payloads) {
      us += stepUs;
      t0 = Math.min(t0, us);
      const values = isWaveform ? JSON.parse(payload) : undefined;
      t1 = Math.max(t1, us + (Array.isArray(values) ? (values.length - 1) * 1000 : 0));
      const middle = isWaveform ? frameMiddle(timeText(us + 7), 0.001) : undefined;
      text += frame(sequence++, 0, timeText(us), middle).replace(/0\}\n\n$/, () => `${payload}}\n\n`);
    }
    const source = { device, epoch: "e1", key: `key of ${device}` };
    const times = { t0: BigInt(t0) * 1000n, t1: BigInt(t1) * 1000n };
    const counts = { first, next: sequence, count: payloads.length, lost: 0, entry: i + 1 };
    return { source, ...counts, ...times, bytes: encoder.encode(text) };
  });
}

/** Microseconds since 1970 as a time of events. */
export function timeText(us: number): string {
  return `${new Date(Math.floor(us / 1000)).toISOString().slice(0, -1)}${String(us % 1000).padStart(3, "0")}Z`;
}
