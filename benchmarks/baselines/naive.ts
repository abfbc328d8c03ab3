/**
 * Naive: each sample is written to each reader by itself, as it is made. The bytes are encoded once and shared; the
 * writes are not. A reader that is a megabyte behind loses samples, because the alternative is unbounded memory.
 *
 * @module
 */
import { sampleFramer } from "../../lib/stream/frame.ts";
import { serveChunks, sourceOptions } from "./source.ts";

const source = sourceOptions();
const frame = sampleFramer({ deviceId: "daq1", epoch: "naive", arrays: "json" });
const encoder = new TextEncoder();

serveChunks("naive", source, {
  maxBufferedBytes: 1024 * 1024,
  make: (first, count, send) => {
    for (let i = 0; i < count; i++) send(encoder.encode(frame(first + i, source.sample())));
  },
});
