/**
 * Hono's documented `streamSSE` loop: for each reader and event a `JSON.stringify` and an awaited `writeSSE`. All loops
 * read one list of samples and wait for one timer, which is kinder than the `stream.sleep()` of the documentation: that is
 * a timer for each reader, and drifts.
 *
 * @module
 */
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { timestamp } from "../../lib/async/clock.ts";
import { announce, paced, sourceOptions, whenAllConnected } from "./source.ts";

/** Samples that are kept. A loop that falls behind by more leaves some out without a word. */
const KEPT = 20_000;

/** Events that a loop writes before it waits for the next turn: the sockets get none while all loops run on. */
const AT_ONCE = 10;

interface Sample {
  event: "device_data";
  device_id: string;
  sequence: number;
  timestamp: string;
  payload: number;
}

const source = sourceOptions();
const samples: Sample[] = Array(KEPT);
let made = 0;
let turn = Promise.withResolvers<void>();

function make(first: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const sequence = first + i;
    samples[sequence % KEPT] = {
      event: "device_data",
      device_id: "daq1",
      sequence,
      timestamp: timestamp(),
      payload: source.sample(),
    };
  }
  made = first + count;
  turn.resolve();
  turn = Promise.withResolvers<void>();
}

const arrived = whenAllConnected(source.readers, () => paced(source.rate, make));

const app = new Hono();

app.get("*", (c) =>
  streamSSE(c, async (stream) => {
    let next = made;
    arrived();
    while (!stream.aborted) {
      await turn.promise;
      next = Math.max(next, made - KEPT);
      for (const end = Math.min(made, next + AT_ONCE); next < end; next++) {
        const event = samples[next % KEPT];
        await stream.writeSSE({ id: `sse-${event.sequence}`, event: event.event, data: JSON.stringify(event) });
      }
    }
  }));

Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: announce("stream_sse") }, app.fetch);
