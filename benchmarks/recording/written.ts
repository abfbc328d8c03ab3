import { ENTRY_HEADER_BYTES, ENTRY_PACKET, entryHead } from "../../lib/recording/protocol/messages.ts";
import { JSON_PACKET } from "../../lib/host/protocol/framing.ts";
import { Recorder } from "../../lib/recording/recorder/recorder.ts";
import { timeTextOf } from "../../lib/stream/columns/template.ts";
import type { Entry } from "../../lib/stream/ring.ts";
import { makeBlock } from "../../lib/stream/mod.ts";

/** When the samples of {@linkcode writeRecording} begin, in microseconds since 1970. */
export const START = Date.parse("2026-11-26T08:00:00Z") * 1000;

/** A row for each of these. */
const ROW_SECONDS = 0.2;

/**
 * Writes a recording of the device `daq1` by the recorder itself, without waiting for the time that it would take: a sine at
 * `rate` samples a second, from {@linkcode START} on, as rows of some 200 ms that become blocks of columns.
 */
export function writeRecording(folder: string, rate: number, samples: number): void {
  const recorder = new Recorder((report) => {
    if (report.report === "paused") throw new Error(report.reason);
  });
  const encoder = new TextEncoder();
  const source = { device: "daq1", epoch: "e1", key: "benchmark" };
  const open = encoder.encode(JSON.stringify({ op: "open", feed: 1, folder, source }));
  recorder.take({ kind: JSON_PACKET, seat: 0, content: open });
  const put = (entry: Entry, number: number) => {
    const content = new Uint8Array(ENTRY_HEADER_BYTES + entry.bytes.length);
    content.set(entryHead(entry, number));
    content.set(entry.bytes, ENTRY_HEADER_BYTES);
    recorder.take({ kind: ENTRY_PACKET, seat: 1, content });
  };
  const about = {
    event: "descriptor",
    device_id: "daq1",
    timestamp: timeTextOf(START),
    sample: { type: "number", unit: "V" },
  };
  const described = encoder.encode(`event: descriptor\ndata: ${JSON.stringify(about)}\n\n`);
  put({ first: 0, next: 0, ends: null, bytes: described }, 0);
  const size = Math.round(rate * ROW_SECONDS);
  for (let first = 0, number = 1; first < samples; first += size, number++) {
    const frames = Array.from({ length: size }, (_, i) => frameOf(first + i, rate));
    put({ ...makeBlock(first, frames), next: first + size }, number);
    recorder.commit();
    recorder.compact(() => false);
  }
  recorder.close();
}

/** What a sample was received after its time, in microseconds. */
export const RECEIVED_AFTER = 150;

/** The value of a sample. */
export const valueOf = (n: number): number => Math.sin(n / 50);

/** The frame of a sample. */
export function frameOf(n: number, rate: number): string {
  const time = START + Math.round(n * 1e6 / rate);
  return `id: e1-${n}\nevent: device_data\ndata: {"event":"device_data","device_id":"daq1","sequence":${n},` +
    `"timestamp":"${timeTextOf(time)}","received":"${timeTextOf(time + RECEIVED_AFTER)}","payload":${valueOf(n)}}\n\n`;
}
