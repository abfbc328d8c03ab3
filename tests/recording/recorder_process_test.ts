/** The recorder as a process: killed, its daemon killed, and what its files are exported to. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { TextLineStream } from "../support/text_lines.ts";
import { createApp } from "../../lib/http/app.ts";
import { startRecorderProcess } from "../../lib/recording/feed/recorder_process.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { storedEvents } from "../../lib/recording/store/stored_events.ts";
import { allEnded, processesWith } from "../support/processes.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until } from "../support/until.ts";

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

Deno.test("a recorder that is killed with SIGKILL costs nothing that the ring still has, and its files are exported", async () => {
  await using bench = await scriptedBench();
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  const place = { folder, minFreeBytes: 0 };
  const startRecorder = () => startRecorderProcess(place);
  const recordings = await Recordings.open({ ...place, bench: bench.daemon, startRecorder });
  await bench.device.connect();
  const run = await recordings.start({ name: "run" });
  for (let round = 0; round < 2; round++) {
    bench.instrument.push(...numbers(round * 100, round * 100 + 50));
    const stored = () => recordings.statusOf(run).contents[0]?.samples ?? 0;
    await until(() => `round ${round}: stored ${stored()}`, () => stored() >= round * 100 + 50);
    bench.instrument.push(...numbers(round * 100 + 50, round * 100 + 100));
    Deno.kill(recordings.recorderPid!, "SIGKILL");
  }
  await bench.watch.next(({ event, sequence }) => event === "device_data" && sequence === 199);
  await recordings.stop(run);
  await run.stopping;
  const app = createApp(bench.daemon, { host: "127.0.0.1", recordings });
  const lines = (await (await app.request("/recordings/run/data")).text()).trimEnd().split("\n").map((it) =>
    JSON.parse(it)
  );
  equal(lines.filter(({ event }) => event === "device_data").map(({ payload }) => payload), numbers(0, 200));
  equal([lines[0].event, lines[0].recording_id, lines[1].event], ["recording", "run", "descriptor"]);
  const csv = (await (await app.request("/recordings/run/data?format=csv&devices=daq1")).text()).split("\n");
  equal(csv[0], "device_id,epoch,sequence,timestamp,event,lost,detail,value");
  equal(csv.filter((row) => row.split(",")[4] === "").map((row) => row.split(",").at(-1)), numbers(0, 200).map(String));
  const half = lines.filter(({ event }) => event === "device_data")[120].timestamp;
  const later = (await (await app.request(`/recordings/run/data?from=${half}`)).text()).trimEnd().split("\n");
  equal(later.slice(1).map((it) => JSON.parse(it)).filter(({ timestamp }) => timestamp < half), []);
  const { samples, complete, damaged } = await (await app.request("/devices/daq1/history")).json();
  equal([samples, complete, damaged], [200, true, []]);
  // The process that reads stays, and is replaced when it has ended.
  const readers = () => processesWith(folder).filter((pid) => pid !== recordings.recorderPid);
  const [reader] = readers();
  equal((await (await app.request("/devices/daq1/history")).json()).samples, 200);
  equal(readers(), [reader]);
  Deno.kill(reader, "SIGKILL");
  equal((await (await app.request("/devices/daq1/history")).json()).samples, 200);
  const ringAlone = createApp(bench.daemon);
  equal((await (await ringAlone.request("/devices/daq1/history")).json()).samples, 200);
  await ringAlone.close();
  for (
    const [format, magic] of Object.entries({ arrow: "ARROW1", mcap: "\x89MCAP0", hdf5: "\x89HDF", parquet: "PAR1" })
  ) {
    const answer = await app.request(`/recordings/run/data?format=${format}`);
    equal(answer.headers.get("Content-Disposition"), `attachment; filename="run.${format}"`);
    const text = new TextDecoder("latin1").decode(await answer.arrayBuffer());
    // Windows-1252 has its own sign at 0x89.
    equal(text.slice(0, magic.length), magic.replace("\x89", "‰"), format);
  }
  equal(Array.from(Deno.readDirSync(run.folder), ({ name }) => name).filter((name) => name.endsWith(".part")), []);
  // A client that goes away ends the export.
  const broken = await app.request("/recordings/run/data");
  await broken.body!.cancel();
  await app.close();
  await recordings.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a daemon that is killed with SIGKILL loses nothing that was stored, and its recorder stores the rest and ends", async () => {
  const folder = await Deno.makeTempDir({ prefix: "recordings" });
  await Deno.mkdir(`${folder}/run`);
  await Deno.writeTextFile(
    `${folder}/run/recording.json`,
    JSON.stringify({
      ...{ name: "run", always: false, stopped: false, started_at: "2026-11-26T08:00:00.000000Z", ended_at: null },
      ...{ until: null, devices: ["*"], tags: [], notes: [], contents: [], broken: [] },
    }),
  );
  const script = new URL("../support/killed_recording.ts", import.meta.url);
  let last = { pid: 0, recorder: 0, stored: 0, next: 0 };
  for (let round = 0; round < 2; round++) {
    const before = samplesIn(`${folder}/run`);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--cached-only", script.pathname, folder],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    for await (const line of child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
      last = JSON.parse(line);
      if (last.stored >= before + 200) break;
    }
    child.kill("SIGKILL");
    await child.status;
    await allEnded([last.recorder]);
  }
  const epochs = Map.groupBy([...storedEvents(`${folder}/run`)], ({ epoch }) => epoch);
  equal(epochs.size, 2);
  let total = 0;
  for (const events of epochs.values()) {
    const payloads = events.filter(({ event }) => event === "device_data").map(({ data }) => JSON.parse(data).payload);
    equal(payloads, numbers(0, payloads.length));
    total += payloads.length;
  }
  ok(total >= last.stored, `${total} of ${last.stored} acknowledged samples`);
  await Deno.remove(folder, { recursive: true });
});

function samplesIn(folder: string): number {
  return [...storedEvents(folder)].filter(({ event }) => event === "device_data").length;
}
