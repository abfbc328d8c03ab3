import { equal } from "node:assert/strict";
import { PacketLengths } from "../../../lib/declared/transports/mqtt/packet_lengths.ts";

/** A packet of a type, with its length in as few bytes as it needs. */
function packet(type: number, length: number): Uint8Array {
  const size: number[] = [];
  for (let rest = length;; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      size.push(rest);
      break;
    }
    size.push(rest % 128 + 128);
  }
  return Uint8Array.of(type << 4, ...size, ...new Uint8Array(length).fill(0xff));
}

Deno.test("packets up to the limit pass, however they are cut; a longer one is seen before its content comes", () => {
  const bytes = Uint8Array.of(
    ...packet(2, 2),
    ...packet(13, 0),
    ...packet(3, 300),
    ...packet(3, 127),
    ...packet(3, 128),
  );
  for (const step of [1, 2, 3, 7, bytes.length]) {
    const lengths = new PacketLengths(300);
    for (let at = 0; at < bytes.length; at += step) equal(lengths.follow(bytes.subarray(at, at + step)), true);
    equal(lengths.follow(packet(3, 301).subarray(0, 3)), false);
  }
});
