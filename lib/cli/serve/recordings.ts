import type { Bench } from "../../bench/bench.ts";
import type { LabDaemon } from "../../daemon.ts";
import { startRecorderProcess } from "../../recording/feed/recorder_process.ts";
import { Recordings } from "../../recording/recordings.ts";
import type { UnreadableFile } from "../../wire/server.ts";

/** Opens the recordings of a bench, below its data folder. */
export async function openRecordings(
  daemon: LabDaemon,
  { data, minFreeBytes, devices }: Pick<Bench, "data" | "minFreeBytes" | "devices">,
  { version, unreadable }: { version: string; unreadable: UnreadableFile[] },
): Promise<Recordings> {
  const folder = `${data}/recordings`;
  return await Recordings.open({
    bench: daemon,
    folder,
    unreadable,
    minFreeBytes,
    always: new Map(devices.filter(({ record }) => record).map(({ id, retention }) => [id, retention])),
    startRecorder: () => startRecorderProcess({ folder, minFreeBytes }),
    host: { hostname: hostname(), versions: { labdaemon: version, deno: Deno.version.deno } },
  });
}

/** The name of this machine; `null` where the daemon may not ask for it. */
export function hostname(): string | null {
  try {
    return Deno.hostname();
  } catch {
    return null;
  }
}
