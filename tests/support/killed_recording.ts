/**
 * Records a counter into the folder of its first argument, prints the ids of both processes, then what is stored each time that it
 * has grown, and runs until it is killed.
 */
import { LabDaemon } from "../../lib/daemon.ts";
import { startRecorderProcess } from "../../lib/recording/feed/recorder_process.ts";
import { Recordings } from "../../lib/recording/recordings.ts";

const [folder] = Deno.args;

class Counter {
  #n = 0;
  async *stream() {
    for (;;) {
      for (let i = 0; i < 20; i++) yield this.#n++;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

const daemon = new LabDaemon();
daemon.registerPlugins({ devices: { Counter } });
const counter = await daemon.addDevice("counter1", "Counter");
const place = { folder, minFreeBytes: 0 };
const recordings = await Recordings.open({ ...place, bench: daemon, startRecorder: () => startRecorderProcess(place) });
const run = recordings.get("run");
await counter.connect();
let printed = -1;
setInterval(() => {
  const [{ samples } = { samples: 0 }] = recordings.statusOf(run).contents;
  if (samples === printed) return;
  printed = samples;
  console.log(
    JSON.stringify({ pid: Deno.pid, recorder: recordings.recorderPid, stored: samples, next: counter.log.sequence }),
  );
}, 5);
