/** The frames of messages, as they are encoded and decoded. */
import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { concat } from "../../lib/format/concat.ts";
import { COLUMNS, COMPRESSED, decodeMessage, encodeFrames, PLAIN } from "../../lib/hub/encoded_frames.ts";
import { compress } from "../../lib/stream/columns/compress.ts";
import { packRun } from "../../lib/stream/columns/packed_run.ts";
import { readFrames } from "../../lib/stream/columns/read_frames.ts";
import type { Run } from "../../lib/stream/columns/run.ts";

/** Pieces of frames, as a ring has them. */
function pieces(count: number, length: number, seed: number) {
  const parts = Array.from({ length: count }, (_, i) => new Uint8Array(length).fill((seed + i) % 251));
  const bytes = concat(parts);
  return { parts, bytes, size: bytes.length };
}

Deno.test("pieces of any number and size come back as they were, also after others were encoded", () => {
  const all = [[300, 700, 1], [1, 90_000, 2], [5_000, 170, 3], [20, 300, 4]].map(([n, length, seed]) =>
    pieces(n, length, seed)
  );
  const encoded = all.map((frames) => encodeFrames(frames, true));
  for (const [i, { encoding, bytes }] of encoded.entries()) {
    equal(encoding, COMPRESSED);
    equal(decodeMessage({ encoding, bytes }), all[i].bytes);
  }
});

Deno.test("what is small, or is not to be compressed, stays as it is", () => {
  const small = pieces(3, 100, 1);
  equal(encodeFrames(small, true), { encoding: PLAIN, bytes: small.bytes });
  const large = pieces(300, 700, 1);
  equal(encodeFrames(large, false), { encoding: PLAIN, bytes: large.bytes });
});

Deno.test("frames that take less than a hundredth of their bytes are decoded, and those that claim to be endless are not", () => {
  const zeros = { bytes: new Uint8Array(3_000_000), size: 3_000_000 };
  equal(decodeMessage(encodeFrames(zeros, true)).length, 3_000_000);
  const endless = { bytes: new Uint8Array(65 * 1024 * 1024), size: 65 * 1024 * 1024 };
  throws(() => decodeMessage(encodeFrames(endless, true)));
});

Deno.test("samples in columns are the same frames, from any place on, and damaged ones are refused", () => {
  const text = Array.from({ length: 300 }, (_, i) => {
    const time = new Date(1.7e12 + i * 7).toISOString().replace("Z", `${String(i).padStart(3, "0")}Z`);
    const payload = JSON.stringify({ a: i * 3, b: Math.sin(i), c: i % 7 === 0 ? null : -i / 8 });
    const data = `{"event":"device_data","device_id":"daq\u00e41","sequence":${
      i + 95
    },"timestamp":"${time}","payload":${payload}}`;
    return `id: k3f9-${i + 95}\nevent: device_data\ndata: ${data}\n\n`;
  });
  const [run] = readFrames(text.join("")) as Run[];
  for (const [from, count] of [[0, 300], [17, 200], [299, 1]]) {
    const bytes = compress(packRun({ ...run, at: run.at + from, first: run.first + from, count }));
    const decoded = decodeMessage({ encoding: COLUMNS, bytes });
    equal(new TextDecoder().decode(decoded), text.slice(from, from + count).join(""));
    throws(() => decodeMessage({ encoding: COLUMNS, bytes: bytes.subarray(0, bytes.length - 9) }));
  }
  const head = new TextEncoder().encode(JSON.stringify({ literals: ["", "", "", ""], ...WRONG }));
  const size = new Uint8Array(new Uint32Array([head.length]).buffer);
  throws(() => decodeMessage({ encoding: COLUMNS, bytes: compress(concat([size, head])) }), /damaged/);
});

/** A head without its column. */
const WRONG = { slots: ["sequence", "sequence", "time"], first: 0, count: 5, forms: [{ form: "f64" }] };
