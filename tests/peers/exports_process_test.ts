/** Exports of a recording, read by tools of other projects. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { makeBlock, sampleFramer } from "../../lib/stream/mod.ts";
import { StreamLog } from "../../lib/stream/stream_log.ts";
import { peersPython, run } from "../support/peers.ts";
import { exported, recordedSamples } from "../support/recorded_samples.ts";

const SCRIPT = fileURLToPath(new URL("./read_exports.py", import.meta.url));

Deno.test("DuckDB and pandas find the same samples, numbers, gaps, times and units in each format", async () => {
  const log = new StreamLog({ deviceId: "daq1", epoch: "e1" });
  const frame = sampleFramer({ deviceId: "daq1", epoch: "e1", arrays: "json" });
  const block = (first: number, count: number) =>
    log.append(
      makeBlock(
        first,
        Array.from(
          { length: count },
          (_, i) => frame(first + i, first + i, `2026-11-26T08:00:00.${String(first + i).padStart(6, "0")}Z`),
        ),
      ),
    );
  const folder = await recordedSamples(log, { type: "number", unit: "V" }, () => {
    block(0, 1_000);
    block(1_010, 500);
  });
  for (const format of ["jsonl", "csv", "parquet"] as const) {
    await Deno.writeFile(`${folder}/run.${format}`, await exported(folder, format));
  }
  const { units, time, ...found } = JSON.parse(await run(await peersPython(), "-B", SCRIPT, folder));
  const sum = (1_510 * 1_509) / 2 - (1_000 + 1_009) * 5;
  const expected = { samples: 1_500, sum, first: 0, last: 1_509, lost: 10 };
  equal(found, { parquet: expected, csv: expected, jsonl: expected, pandas: expected });
  equal([units, time], [{ value: { daq1: "V" } }, String(Date.parse("2026-11-26T08:00:00Z") * 1000 + 1_509)]);
  await Deno.remove(folder, { recursive: true });
});
