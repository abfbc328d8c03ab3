import { HEADER_BYTES, JSON_PACKET, packet, writeHeader } from "../../host/protocol/framing.ts";
import type { Entry } from "../../stream/ring.ts";
import { ENTRY_HEADER_BYTES, ENTRY_PACKET, type RecorderRequest, writeEntryHead } from "../protocol/messages.ts";

const encoder = new TextEncoder();

/** The packet of a request. */
export function recorderRequestPacket(request: RecorderRequest): Uint8Array {
  return packet(JSON_PACKET, 0, encoder.encode(JSON.stringify(request)));
}

const HEAD_BYTES = HEADER_BYTES + ENTRY_HEADER_BYTES;

/** Heads share buffers of this size: a small buffer costs the garbage collector as much as a large one. */
const PIECE_BYTES = 100 * HEAD_BYTES;
let piece = new DataView(new ArrayBuffer(0));
let used = 0;

/** Adds the packet of an entry of a feed to `parts`: its frames are not copied. Returns its bytes. */
export function addEntryPacket(parts: Uint8Array[], feed: number, entry: Entry, number: number): number {
  const size = ENTRY_HEADER_BYTES + entry.bytes.length;
  if (used === piece.byteLength) {
    piece = new DataView(new ArrayBuffer(PIECE_BYTES));
    used = 0;
  }
  writeHeader(piece, used, ENTRY_PACKET, feed, size);
  writeEntryHead(piece, used + HEADER_BYTES, entry, number);
  parts.push(new Uint8Array(piece.buffer, used, HEAD_BYTES), entry.bytes);
  used += HEAD_BYTES;
  return size;
}
