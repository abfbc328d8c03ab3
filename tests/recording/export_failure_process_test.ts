/** Exports that fail, by their own processes. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { writeColumns } from "../../benchmarks/recording/written_columns.ts";
import { createApp } from "../../lib/http/app.ts";
import { startExport } from "../../lib/recording/export/export_process.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

/** The exports that run as processes of this one, by their ids. */
async function exportsOf(folder: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (command.includes("export/main.ts") && command.includes(folder)) found.push(Number(name));
  }
  return found;
}

Deno.test("an export that the disk has no room for is refused in words: it was an empty file", async () => {
  await using bench = await recordingBench();
  await bench.device.connect();
  const recording = await bench.recordings.start({ name: "run" });
  await bench.push(1, 2, 3);
  await bench.recordings.stop(recording);
  await bench.recordings.close();
  const { folder, daemon, recorders } = bench;
  const parts = { bench: daemon, folder, startRecorder: recorders.start, minFreeBytes: 2 ** 60 };
  bench.recordings = await Recordings.open(parts);
  const app = createApp(daemon, { host: "127.0.0.1", recordings: bench.recordings });
  const asked = await app.request(`/recordings/${recording.id}/data?format=hdf5`);
  const { error: { type, message } } = await asked.json();
  equal([asked.status, type], [503, "Unavailable"]);
  match(
    message,
    /^Cannot export as HDF5: it is written to the disk first, which has \d+ bytes left; recording needs \d+$/,
  );
  equal([...Deno.readDirSync(`${folder}/${recording.id}`)].filter(({ name }) => name.includes("export")), []);
  // Other formats need no room.
  const csv = await app.request(`/recordings/${recording.id}/data?format=csv`);
  const samples = (await csv.text()).split("\n").filter((line) => /^daq1,[^,]*,\d+,[^,]*,,/.test(line));
  equal([csv.status, samples.length], [200, 3]);
  app.close();
});

for (const isStarted of [false, true]) {
  const when = isStarted ? "that someone reads" : "that no one has got anything of";
  Deno.test({
    name: `an export ${when}, whose process the system has killed, is an error: it was a file that ended early`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const folder = await Deno.makeTempDir({ prefix: "recordings" });
      try {
        writeColumns(folder, 1_000, 200_000);
        const about = { event: "recording", recording_id: "run" };
        const format = isStarted ? "jsonl" : "hdf5";
        const starting = startExport({ folder, format, about, minFreeBytes: 0 });
        if (isStarted) await starting;
        else starting.catch(() => {});
        let pids: number[] = [];
        await until("it runs", async () => (pids = await exportsOf(folder)).length === 1);
        Deno.kill(pids[0], "SIGKILL");
        await rejects(async () => await new Response(await starting).bytes(), /The export has failed/);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test({
  name: "an export whose reader leaves before its first bytes ends, and leaves nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "recordings" });
    try {
      writeColumns(folder, 1_000, 400_000);
      const end = new AbortController();
      const starting = startExport({ folder, format: "hdf5", about: null, minFreeBytes: 0 }, end.signal);
      await until("it runs", async () => (await exportsOf(folder)).length === 1);
      end.abort();
      equal((await new Response(await starting).bytes()).length, 0);
      await until("it has ended", async () => (await exportsOf(folder)).length === 0);
      ok([...Deno.readDirSync(folder)].every(({ name }) => !name.includes("export")));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
