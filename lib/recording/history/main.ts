/**
 * Reads spans of devices' pasts, one after the other. Standard input has for each the request as a packet of JSON, then the frames of
 * the device's ring as packets, with an empty one as their end. Each answer is a packet of JSON on stdout. A process of the
 * daemon's: reading the disk delays nothing else. It ends when its stdin does.
 *
 * @module
 */
import {
  BLOCK_PACKET,
  JSON_PACKET,
  MAX_PACKET_BYTES,
  packet,
  readPackets,
  RESULT_PACKET,
} from "../../host/protocol/framing.ts";
import { readHistory, wholeFrames } from "./read_history.ts";

const limits = { [JSON_PACKET]: MAX_PACKET_BYTES, [BLOCK_PACKET]: MAX_PACKET_BYTES };
const input = readPackets(Deno.stdin.readable, limits);

/** The frames of the ring behind a request. */
async function* ring(): AsyncGenerator<Uint8Array, void> {
  for (let next = await input.next(); !next.done; next = await input.next()) {
    if (next.value.content.length === 0) return;
    yield next.value.content;
  }
}

for (let next = await input.next(); !next.done; next = await input.next()) {
  const answer = await readHistory(JSON.parse(new TextDecoder().decode(next.value.content)), wholeFrames(ring()));
  const content = new TextEncoder().encode(JSON.stringify(answer));
  for (let rest = packet(RESULT_PACKET, 0, content); rest.length > 0;) {
    rest = rest.subarray(Deno.stdout.writeSync(rest));
  }
}
