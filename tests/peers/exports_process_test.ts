/** Exports of a recording, read by tools of other projects. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { makeBlock, sampleFramer } from "../../lib/stream/mod.ts";
import { StreamLog } from "../../lib/stream/stream_log.ts";
import { EXPORT_FORMATS } from "../../lib/wire/recordings.ts";
import { peerProgram, peersPython, run } from "../support/peers.ts";
import { exported, recordedSamples } from "../support/recorded_samples.ts";

const SAMPLE = {
  type: "object",
  properties: { value: { type: "number", unit: "mV/°C" }, big: { type: "integer" }, label: { type: "string" } },
};

/** 2^53: the integers behind it have no number of their own in JavaScript. */
const BIG = 2n ** 53n;

const payloadOf = (i: number) =>
  `{"value":${i},"big":${BIG + BigInt(i)},"label":${i % 3 ? null : `"${i} °C"`},"on":${
    i % 2 > 0
  },"trace":[${i},null,1]}`;

/** A recording of 1,500 samples with a gap of 10 among them. */
async function recorded(): Promise<string> {
  const log = new StreamLog({ deviceId: "daq1", epoch: "e1" });
  const frame = sampleFramer({ deviceId: "daq1", epoch: "e1", arrays: "json" });
  const frameOf = (i: number) =>
    frame(i, "PAYLOAD", `2026-11-26T08:00:00.${String(i).padStart(6, "0")}Z`).replace('"PAYLOAD"', () => payloadOf(i));
  const block = (first: number, count: number) =>
    log.append(makeBlock(first, Array.from({ length: count }, (_, i) => frameOf(first + i))));
  return await recordedSamples(log, SAMPLE, () => {
    block(0, 1_000);
    block(1_010, 500);
  });
}

Deno.test("DuckDB, pandas, pyarrow, h5py, MCAP's reader and Octave find the same samples, gaps, times and units", async () => {
  const folder = await recorded();
  for (const format of EXPORT_FORMATS) {
    await Deno.writeFile(`${folder}/run.${format}`, await exported(folder, format));
  }
  const [python, octave] = await Promise.all([
    run(await peersPython(), "-B", peerProgram("read_exports.py"), folder),
    run("octave-cli", "-q", "--no-init-file", peerProgram("read_export.m"), `${folder}/run.hdf5`),
  ]);
  const { found, units } = JSON.parse(python);
  const { unit, ...byOctave } = JSON.parse(octave);
  const sum = (1_510 * 1_509) / 2 - (1_000 + 1_009) * 5;
  const expected = {
    samples: 1_500,
    value: sum,
    first: 0,
    last: 1_509,
    lost: 10,
    big: String(BIG + 1_509n),
    unlabelled: 999,
    trace: sum + 1_500,
    time: 1_509_000,
  };
  for (const [tool, answer] of Object.entries({ ...found, octave: byOctave })) equal(answer, expected, tool);
  equal(new Set([unit, ...Object.values(units)]), new Set(["mV/°C"]));
  await Deno.remove(folder, { recursive: true });
});
