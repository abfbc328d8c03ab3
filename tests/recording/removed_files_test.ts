/** Files of a recording that the retention removes while somebody reads. */
import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import { Segment } from "../../lib/recording/store/segment.ts";
import { listFiles } from "../../lib/recording/store/segment_files.ts";
import { SegmentReader } from "../../lib/recording/store/segment_reader.ts";
import { storedEvents } from "../../lib/recording/store/stored_events.ts";
import { rowsOf } from "../support/stored_pieces.ts";

/** Writes files of one row each, of two samples. Returns their names. */
function writeFiles(folder: string, count: number): string[] {
  const pieces = Array.from({ length: count }, (_, i) => ({
    payloads: [`${i * 2}`, `${i * 2 + 1}`],
    ...{ lost: 0, event: undefined, stepUs: 1000, isWaveform: false },
  }));
  return rowsOf(pieces, "daq1").map((row, i) => {
    const name = `${String(i + 1).padStart(6, "0")}.sqlite`;
    const segment = new Segment(`${folder}/${name}`);
    segment.insert(row);
    segment.commit();
    segment.close();
    return name;
  });
}

Deno.test("an export during which the retention removes files names them, where they are missing in its middle, and leaves no empty files that later exports call broken", async () => {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  const names = writeFiles(folder, 5);
  const events = storedEvents(folder);
  const payloads: unknown[] = [];
  const broken: string[] = [];
  for (const { event, data } of events) {
    if (event === "broken") broken.push(JSON.parse(data).message);
    else payloads.push(JSON.parse(data).payload);
    // The first sample was read when the retention comes.
    if (payloads.length === 1) {
      for (const name of names.slice(0, 3)) {
        if (listFiles(folder).includes(name)) Deno.removeSync(`${folder}/${name}`);
      }
    }
  }
  equal(payloads, [0, 1, 6, 7, 8, 9]);
  equal(broken, names.slice(1, 3).map((name) => `${name} was removed by the retention while it was to be read`));
  equal(listFiles(folder).filter((name) => names.includes(name)).sort(), names.slice(3));
  equal([...storedEvents(folder)].map(({ event }) => event), Array(4).fill("device_data"));
  throws(() => new SegmentReader(`${folder}/${names[0]}`), Deno.errors.NotFound);
  ok(!listFiles(folder).includes(names[0]));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a file that retention removed before anything was read is no damage of an export", async () => {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  const names = writeFiles(folder, 3);
  // The index still has it.
  equal([...storedEvents(folder)].length, 6);
  Deno.removeSync(`${folder}/${names[0]}`);
  // Of an earlier version: a reader has made it again.
  Deno.writeFileSync(`${folder}/${names[0]}`, new Uint8Array());
  equal([...storedEvents(folder)].map(({ data }) => JSON.parse(data).payload), [2, 3, 4, 5]);
  await Deno.remove(folder, { recursive: true });
});
