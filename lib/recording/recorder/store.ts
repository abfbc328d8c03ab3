import { messageOf } from "../../errors.ts";
import { HEADER_BYTES, JSON_PACKET, MAX_PACKET_BYTES, readPackets } from "../../host/protocol/framing.ts";
import { ENTRY_PACKET, type RecorderReport } from "../protocol/messages.ts";
import { CommitPace } from "./commit_pace.ts";
import { diskOf, tryToWrite } from "./disk.ts";
import { Recorder } from "./recorder.ts";

/** The beginning of storing. */
export interface StoreStart {
  folder: string;
  minFreeBytes: number;
  /** The number of bytes that were read and wait to be stored; shared with the thread that reads. `null` without one. */
  waiting: Int32Array<SharedArrayBuffer> | null;
}

/** Old rows are put into columns only while so few bytes wait. */
const MAX_BYTES_BESIDE = 1024 * 1024;

/** The time to the next turn if there is only older work. */
const BESIDE_MS = 80;

/** The period of the reports to the daemon: each report costs the daemon a turn of its event loop. */
const REPORT_MS = 400;

/** The time between two looks at the disk. */
const DISK_MS = 2_000;

const LIMITS = { [JSON_PACKET]: MAX_PACKET_BYTES, [ENTRY_PACKET]: MAX_PACKET_BYTES };

const encoder = new TextEncoder();

/** Stores its input until its end; everything is stored then. Reports to stdout. */
export async function store(
  { folder, minFreeBytes, waiting }: StoreStart,
  bytes: ReadableStream<Uint8Array>,
): Promise<void> {
  const recorder = new Recorder(sendReport, { reportMs: REPORT_MS });
  const pace = new CommitPace();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = () => {
    if (timer !== undefined) return;
    if (recorder.isDirty) timer = setTimeout(commit, Math.max(0, pace.due(performance.now()) - performance.now()));
    else if (recorder.isCompactable || recorder.isReportDue) timer = setTimeout(commit, BESIDE_MS);
  };
  const commit = () => {
    timer = undefined;
    pace.begin(performance.now());
    recorder.commit();
    pace.stored(performance.now());
    recorder.compact(() =>
      pace.isOver(performance.now()) || waiting !== null && Atomics.load(waiting, 0) > MAX_BYTES_BESIDE
    );
    pace.worked(performance.now());
    later();
  };
  const looking = setInterval(() => lookAtDisk(recorder, folder, minFreeBytes), DISK_MS);
  lookAtDisk(recorder, folder, minFreeBytes);
  try {
    for await (const packet of readPackets(bytes, LIMITS)) {
      recorder.take(packet);
      if (waiting) {
        Atomics.sub(waiting, 0, HEADER_BYTES + packet.content.length);
        Atomics.notify(waiting, 0);
      }
      later();
    }
  } finally {
    clearTimeout(timer);
    clearInterval(looking);
    recorder.close();
  }
}

function lookAtDisk(recorder: Recorder, folder: string, minFreeBytes: number): void {
  try {
    const { freeBytes, shared } = diskOf(folder);
    sendReport({ report: "disk", freeBytes, filesystem: shared });
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

/** Says something to the daemon. */
export function sendReport(it: RecorderReport): void {
  const line = encoder.encode(`${JSON.stringify(it)}\n`);
  try {
    // A pipe may take less than all.
    for (let rest = line; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
  } catch (error) {
    // The daemon is gone: what it has sent is stored all the same.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
