/**
 * A daemon for `kills.ts`: records a counter into the folder of its first argument, writes how far it has got into the file of
 * its second one, and runs until it is killed.
 *
 * @module
 */
import { LabDaemon } from "../../lib/daemon.ts";
import { startRecorderProcess } from "../../lib/recording/feed/recorder_process.ts";
import { Recordings } from "../../lib/recording/recordings.ts";
import { delay } from "./producers.ts";

const [folder, progress] = Deno.args;

/** The samples of a turn, and the time between two turns. */
const TURN = 50;
const TURN_MS = 5;

/** A recorder that has so few samples to store has caught up. */
const MAX_BEHIND = 2_500;

/** What a process has written survives its end: its own page of memory does not. */
const file = Deno.openSync(progress, { write: true, create: true });
let produced = 0;

class Counter {
  async *stream() {
    for (;;) {
      for (let i = 0; i < TURN; i++) yield produced++;
      await delay(TURN_MS);
    }
  }
}

const daemon = new LabDaemon();
daemon.registerPlugins({ devices: { Counter } });
const counter = await daemon.addDevice("counter1", "Counter");
const place = { folder, minFreeBytes: 0 };
const startRecorder = () => startRecorderProcess(place);
const recordings = await Recordings.open({ ...place, bench: daemon, startRecorder });
await counter.connect();
console.log(JSON.stringify({ epoch: counter.log.epoch }));
let recorder: number | undefined;
/** The recorder that was seen last, and what was stored when it was seen first: one that has stored nothing yet has not caught up. */
let seen: number | undefined;
let storedBefore = 0;
for (;;) {
  // The next number of the log, and the time: those of the last moment before a kill.
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(Float64Array.of(counter.log.sequence, Date.now()).buffer));
  const pid = recordings.recorderPid;
  const stored = recordings.storedOf(counter.log)[0]?.next ?? 0;
  if (pid !== seen) [seen, storedBefore] = [pid, stored];
  const isCaughtUp = stored > storedBefore && counter.log.sequence - stored < MAX_BEHIND;
  if (pid !== recorder && pid !== undefined && isCaughtUp) {
    recorder = pid;
    console.log(JSON.stringify({ recorder }));
  }
  await delay(2);
}
