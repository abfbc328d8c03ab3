/**
 * Naive: each sample is written to each reader by itself, as it is made. The bytes are encoded once and shared; the
 * writes are not. A reader that is a megabyte behind loses samples without a word, because the alternative is all memory.
 *
 * @module
 */
import { sampleFramer } from "../../lib/stream/frame.ts";
import { announce, EVENT_STREAM, paced, sourceOptions, whenAllAreHere } from "./source.ts";

const ROOM_BYTES = 1024 * 1024;

const source = sourceOptions();
const frame = sampleFramer({ deviceId: "daq1", epoch: "naive", arrays: "json" });
const encoder = new TextEncoder();
const readers = new Set<ReadableStreamDefaultController<Uint8Array>>();

function make(first: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const chunk = encoder.encode(frame(first + i, source.sample()));
    for (const reader of readers) if (reader.desiredSize! > 0) reader.enqueue(chunk);
  }
}

const arrived = whenAllAreHere(source.readers, () => paced(source.rate, make));

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: announce("naive") }, () => {
  let own: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      readers.add(own = controller);
      arrived();
    },
    cancel: () => void readers.delete(own),
  }, new ByteLengthQueuingStrategy({ highWaterMark: ROOM_BYTES }));
  return new Response(body, { headers: EVENT_STREAM });
});
