/**
 * The floor: the least that `Deno.serve` can do for server-sent events. At each turn of the timers all samples that are
 * due become one chunk, encoded once, and the same bytes go to every reader that has room. No framework, no resume, no
 * states, no gaps.
 *
 * @module
 */
import { sampleFramer } from "../../lib/stream/frame.ts";
import { serveChunks, sourceOptions } from "./source.ts";

const source = sourceOptions();
const frame = sampleFramer({ deviceId: "daq1", epoch: "floor", arrays: "json" });
const encoder = new TextEncoder();

serveChunks("floor", source, {
  maxBufferedBytes: 64 * 1024,
  make: (first, count, send) => {
    let text = "";
    for (let i = 0; i < count; i++) text += frame(first + i, source.sample());
    send(encoder.encode(text));
  },
});
