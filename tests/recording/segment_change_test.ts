/** A file of a recording that ends: what comes meanwhile is stored, and not behind the work on its last rows. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { blockText } from "../../lib/recording/store/columns/block.ts";
import { RecordingFolder } from "../../lib/recording/recorder/recording_folder.ts";
import { listSegments } from "../../lib/recording/store/segment_files.ts";
import { SegmentReader } from "../../lib/recording/store/segment_reader.ts";
import { readIndex } from "../../lib/recording/store/segment_index.ts";
import { type Piece, rowsOf } from "../support/stored_pieces.ts";

const DEVICES = Array.from({ length: 5 }, (_, i) => `daq${i}`);

const pieces: Piece[] = Array.from({ length: 8 }, (_, i) => ({
  payloads: Array.from({ length: 40 }, (_, n) => String(Math.sin(i * 40 + n))),
  ...{ lost: 0, event: undefined, stepUs: 1000, isWaveform: false },
}));

/** Calls `compact` so that it may do one step. */
const oneStep = (folder: RecordingFolder) => {
  let asked = 0;
  folder.compact(() => asked++ > 0);
};

/** The frames of each device in all files, in order. */
function stored(path: string): Map<string, string> {
  const texts = new Map(DEVICES.map((it) => [it, ""]));
  for (const name of listSegments(path)) {
    using reader = new SegmentReader(`${path}/${name}`);
    for (const { device, items } of reader.rows()) texts.set(device, texts.get(device)! + blockText(items));
  }
  return texts;
}

Deno.test("a kill while the file of a recording is changed for the next one loses no more than at any other time: commits come between the steps of its end", async () => {
  const path = await Deno.makeTempDir({ prefix: "recordings" });
  const rows = DEVICES.map((device) => rowsOf(pieces, device));
  const given = new Map(
    DEVICES.map((device, i) => [device, rows[i].map(({ bytes }) => new TextDecoder().decode(bytes)).join("")]),
  );
  // The first file is full with its first rows.
  const folder = new RecordingFolder(path, { maxMs: Infinity, maxBytes: 1 }, { samples: 10_000 });
  let turns = 0;
  for (let i = 0; i < pieces.length; i++) {
    for (const of of rows) folder.insert(of[i]);
    folder.commit();
    // What was committed is there for a reader, and after a kill, whatever is not done.
    const until = new Map(DEVICES.map((it, d) => [
      it,
      rows[d].slice(0, i + 1).map(({ bytes }) => new TextDecoder().decode(bytes)).join(""),
    ]));
    equal(stored(path), until);
    oneStep(folder);
    turns++;
  }
  ok(folder.isEnding, "the end of the first file is not over after so few steps");
  equal(listSegments(path).length, pieces.length);
  while (folder.isEnding) {
    oneStep(folder);
    folder.commit();
    equal(stored(path), given);
    turns++;
  }
  ok(turns > DEVICES.length * pieces.length, `${turns} steps`);
  equal(readIndex(path).size, pieces.length);
  for (const name of listSegments(path)) {
    using reader = new SegmentReader(`${path}/${name}`);
    for (const { items } of reader.rows()) ok(items.some((item) => typeof item !== "string"), "rows became columns");
  }
  equal(folder.totals().map(({ samples }) => samples), DEVICES.map(() => pieces.length * 40));
  folder.close();
  await Deno.remove(path, { recursive: true });
});
