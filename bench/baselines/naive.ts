/**
 * Naive: each sample is written to each reader by itself, as it is made. The bytes are encoded once and shared; the
 * writes are not. A reader that is a megabyte behind loses samples without a word, because the alternative is all memory.
 *
 * @module
 */
import { sampleFramer } from "../../lib/stream/frame.ts";
import { announce, EVENT_STREAM, paced, sourceOptions } from "./source.ts";

const ROOM_BYTES = 1024 * 1024;

const { rate, sample } = sourceOptions();
const frame = sampleFramer({ deviceId: "daq1", epoch: "naive", arrays: "json" });
const encoder = new TextEncoder();
const readers = new Set<ReadableStreamDefaultController<Uint8Array>>();

paced(rate, (first, count) => {
  for (let i = 0; i < count; i++) {
    const chunk = encoder.encode(frame(first + i, sample()));
    for (const reader of readers) if (reader.desiredSize! > 0) reader.enqueue(chunk);
  }
});

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: announce("naive") }, () => {
  let own: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void readers.add(own = controller),
    cancel: () => void readers.delete(own),
  }, new ByteLengthQueuingStrategy({ highWaterMark: ROOM_BYTES }));
  return new Response(body, { headers: EVENT_STREAM });
});
