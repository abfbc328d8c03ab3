/** Exports that fail, by their own processes. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { statfsSync } from "node:fs";
import { writeColumns } from "../../benchmarks/recording/written_columns.ts";
import type { LabError } from "../../lib/errors.ts";
import { createApp } from "../../lib/http/app.ts";
import { startExport } from "../../lib/recording/export/export_process.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { canMount, mountMemory, unmount } from "../support/memory_disk.ts";
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

/** Fills a disk up to some bytes. The system frees the memory of removed files a moment later. */
async function fill(folder: string, left: number): Promise<void> {
  let looks = 0;
  await until(`${left} bytes are left`, async () => {
    const { bavail, bsize } = statfsSync(folder);
    const extra = bavail * bsize - left;
    if (extra > 0) await Deno.writeFile(`${folder}/ballast`, new Uint8Array(extra), { append: true });
    looks = extra === 0 ? looks + 1 : 0;
    return looks === 5;
  });
}

Deno.test({
  name:
    "an export as HDF5 on a disk without a free byte was an internal error, and on one that it filled a file with gaps: both are refused in words",
  ignore: !await canMount(),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "recordings" });
    ok(await mountMemory(folder));
    try {
      writeColumns(folder, 1_000, 20_000);
      for (const [kib, minFreeBytes] of [[0, 2 ** 20], [0, 0], [8, 0], [100, 0], [300, 0]]) {
        await fill(folder, kib * 1024);
        const cause = minFreeBytes > 0 ? /which has 0 bytes left; recording needs 1048576$/ : /which is full$/;
        await rejects(() => startExport({ folder, format: "hdf5", about: null, minFreeBytes }), (error: LabError) => {
          equal(error.code, "Unavailable");
          match(error.message, cause);
          return true;
        });
        await Deno.remove(`${folder}/ballast`);
      }
      ok(
        (await new Response(await startExport({ folder, format: "hdf5", about: null, minFreeBytes: 0 })).bytes())
          .length > 0,
      );
    } finally {
      await unmount(folder);
      await Deno.remove(folder);
    }
  },
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
