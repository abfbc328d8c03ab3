/** A recorder that reads a ring in memory: killed, it costs nothing that the ring of the device still has. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { startRecorderProcess } from "../../lib/recording/feed/recorder_process.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { storedEvents } from "../../lib/recording/store/stored_events.ts";
import { canMount, mountMemory, unmount } from "../support/memory_disk.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { until } from "../support/until.ts";

Deno.test({
  name: "a recorder with a ring in memory that is killed with SIGKILL costs nothing, and leaves no file behind",
  ignore: !await canMount(),
  async fn() {
    await using bench = await scriptedBench();
    const folder = await Deno.makeTempDir({ prefix: "recordings" });
    const memory = await Deno.makeTempDir({ prefix: "memory" });
    await mountMemory(memory);
    // Kills at a start have left one; another one is about to lose its name.
    const [left, fresh] = ["left", "fresh"].map((name) => `${memory}/labdaemon-recorder-${name}`);
    for (const path of [left, fresh]) await Deno.writeTextFile(path, "");
    await Deno.utime(left, 0, 0);
    const place = { folder, minFreeBytes: 0 };
    const startRecorder = () => startRecorderProcess({ ...place, memory: ["/nowhere", folder, memory] });
    const recordings = await Recordings.open({ ...place, bench: bench.daemon, startRecorder });
    try {
      await bench.device.connect();
      const run = await recordings.start({ name: "run" });
      // Larger ones are written as soon as they come.
      const text = "y".repeat(20_000);
      let pushed = 0;
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 30; i++) bench.instrument.push(i % 3 === 0 ? `${pushed++}${text}` : pushed++);
        await until(
          () => `round ${round}: stored ${recordings.statusOf(run).contents[0]?.samples}`,
          () => recordings.statusOf(run).contents[0]?.samples === pushed,
        );
        equal([...Deno.readDirSync(memory)].map(({ name }) => `${memory}/${name}`), [fresh]);
        for (let i = 0; i < 10; i++) bench.instrument.push(pushed++);
        if (round < 2) Deno.kill(recordings.recorderPid!, "SIGKILL");
      }
      await bench.watch.next(({ event, sequence }) => event === "device_data" && sequence === pushed - 1);
      await recordings.stop(run);
      await run.stopping;
      const samples = [...storedEvents(run.folder)].filter(({ event }) => event === "device_data")
        .map(({ data }) => parseInt(JSON.parse(data).payload));
      equal(samples, Array.from({ length: pushed }, (_, i) => i));
    } finally {
      await recordings.close();
      await unmount(memory);
      await Deno.remove(memory);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
