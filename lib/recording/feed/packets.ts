import { HEADER_BYTES, JSON_PACKET, packet, withHeader } from "../../host/protocol/framing.ts";
import type { Entry } from "../../stream/ring.ts";
import { ENTRY_HEADER_BYTES, ENTRY_PACKET, entryHead, type RecorderRequest } from "../protocol/messages.ts";

const encoder = new TextEncoder();

/** The packet of a request. */
export function requestPacket(request: RecorderRequest): Uint8Array {
  return packet(JSON_PACKET, 0, encoder.encode(JSON.stringify(request)));
}

/** Adds the packet of an entry of a feed to `parts`: its frames are not copied. Returns its bytes. */
export function addEntryPacket(parts: Uint8Array[], feed: number, entry: Entry, number: number): number {
  const size = ENTRY_HEADER_BYTES + entry.bytes.length;
  const head = withHeader(ENTRY_PACKET, feed, new Uint8Array(HEADER_BYTES + ENTRY_HEADER_BYTES));
  new DataView(head.buffer).setUint32(4, size, true);
  head.set(entryHead(entry, number), HEADER_BYTES);
  parts.push(head, entry.bytes);
  return size;
}
