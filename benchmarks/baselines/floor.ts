/**
 * The floor: the least that `Deno.serve` can do for server-sent events. At each turn of the timers all samples that are
 * due become one chunk, encoded once, and the same bytes go to every reader that has room. No framework, no resume, no
 * states, no gaps: who has no room loses the chunk without a word.
 *
 * @module
 */
import { sampleFramer } from "../../lib/stream/frame.ts";
import { announce, EVENT_STREAM, paced, sourceOptions, whenAllAreHere } from "./source.ts";

const ROOM_BYTES = 64 * 1024;

const source = sourceOptions();
const frame = sampleFramer({ deviceId: "daq1", epoch: "floor", arrays: "json" });
const encoder = new TextEncoder();
const readers = new Set<ReadableStreamDefaultController<Uint8Array>>();

function make(first: number, count: number): void {
  let text = "";
  for (let i = 0; i < count; i++) text += frame(first + i, source.sample());
  const chunk = encoder.encode(text);
  for (const reader of readers) if (reader.desiredSize! > 0) reader.enqueue(chunk);
}

const arrived = whenAllAreHere(source.readers, () => paced(source.rate, make));

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: announce("floor") }, () => {
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
