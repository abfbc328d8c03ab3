/**
 * The recorder: a process of the daemon's that stores what it is fed by its stdin. It ends when its stdin does, and has stored
 * all of it then.
 *
 * @module
 */
import { messageOf } from "../../errors.ts";
import { JSON_PACKET, MAX_PACKET_BYTES, readPackets } from "../../host/protocol/framing.ts";
import { ENTRY_PACKET, type RecorderReport } from "../protocol/messages.ts";
import { diskOf, tryToWrite } from "./disk.ts";
import { Recorder } from "./recorder.ts";

/** A row has so much of a device's stream. */
const COMMIT_MS = 200;

/** The time between two looks at the disk. */
const DISK_MS = 2_000;

const [folder, minFree] = Deno.args;
const minFreeBytes = Number(minFree);
const encoder = new TextEncoder();

function report(it: RecorderReport): void {
  const line = encoder.encode(`${JSON.stringify(it)}\n`);
  try {
    // A pipe may take less than all.
    for (let rest = line; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
  } catch (error) {
    // The daemon is gone: what it has sent is stored all the same.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

const recorder = new Recorder(report);

function lookAtDisk(): void {
  try {
    const { freeBytes, shared } = diskOf(folder);
    report({ report: "disk", freeBytes, filesystem: shared });
    if (freeBytes < minFreeBytes) {
      recorder.commit();
      return recorder.pause(`the disk has ${freeBytes} bytes left, and min_free is ${minFreeBytes}`);
    }
    if (!recorder.isPaused) return;
    tryToWrite(folder);
    recorder.resume();
  } catch (error) {
    recorder.pause(messageOf(error));
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;
const looking = setInterval(lookAtDisk, DISK_MS);
lookAtDisk();
const limits = { [JSON_PACKET]: MAX_PACKET_BYTES, [ENTRY_PACKET]: MAX_PACKET_BYTES };
try {
  for await (const packet of readPackets(Deno.stdin.readable, limits)) {
    recorder.take(packet);
    if (recorder.isDirty) {
      timer ??= setTimeout(() => {
        timer = undefined;
        recorder.commit();
      }, COMMIT_MS);
    }
  }
} finally {
  clearTimeout(timer);
  clearInterval(looking);
  recorder.close();
}
