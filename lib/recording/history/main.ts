/**
 * Reads a span of a device's past, and writes it to stdout as JSON. Standard input has the request as a line, then the frames
 * of the device's ring. A process of the daemon's for each request: reading the disk delays nothing else.
 *
 * @module
 */
import type { HistoryRequest } from "./history_request.ts";
import { readHistory, wholeFrames } from "./read_history.ts";

const LINE_END = 10;

const input = Deno.stdin.readable[Symbol.asyncIterator]();
let head = new Uint8Array();
let end = -1;
while (end < 0) {
  const { value, done } = await input.next();
  if (done) throw new Error("The request has broken off");
  const before = head.length;
  const bytes = new Uint8Array(before + value.length);
  bytes.set(head);
  bytes.set(value, before);
  head = bytes;
  end = head.indexOf(LINE_END, before);
}

async function* ring(): AsyncGenerator<Uint8Array, void> {
  yield head.subarray(end + 1);
  for await (const piece of { [Symbol.asyncIterator]: () => input }) yield piece;
}

const request = JSON.parse(new TextDecoder().decode(head.subarray(0, end))) as HistoryRequest;
const answer = await readHistory(request, wholeFrames(ring()));
const bytes = new TextEncoder().encode(JSON.stringify(answer));
await new Blob([bytes]).stream().pipeTo(Deno.stdout.writable);
