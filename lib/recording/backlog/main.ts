/**
 * Reads a request as JSON from stdin, and writes what is recorded of a device behind a place to stdout: for each part a packet
 * of JSON, and one with its frames. A process of the daemon's: reading the disk delays nothing else.
 *
 * @module
 */
import { BLOCK_PACKET, JSON_PACKET, packet } from "../../host/protocol/framing.ts";
import { readBacklog } from "./read_backlog.ts";

const encoder = new TextEncoder();

function write(bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

try {
  for (const { bytes, ...head } of readBacklog(await new Response(Deno.stdin.readable).json())) {
    write(packet(JSON_PACKET, 0, encoder.encode(JSON.stringify(head))));
    write(packet(BLOCK_PACKET, 0, bytes));
  }
} catch (error) {
  // The reader is gone.
  if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
}
