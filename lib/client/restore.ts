import type { RestoreAnswer, RestoreRequest } from "../wire/snapshot.ts";
import type { Requests } from "./requests.ts";

/** The options of {@linkcode ServerAPI.restoreRecording}. */
export interface RestoreRecordingOptions {
  /**
   * True to get the differences, and set nothing.
   *
   * @default {false}
   */
  dryRun?: boolean;
  /** The ids of devices; all of the recording by default. */
  devices?: string[];
}

/** The options of {@linkcode ServerAPI.restore}. */
export interface RestoreOptions {
  /**
   * True to get the differences, and set nothing.
   *
   * @default {false}
   */
  dryRun?: boolean;
  /** Called after each device, with its changed and its skipped properties. */
  onDevice?(answer: RestoreAnswer): void | Promise<void>;
}

/** Restores a snapshot: one request for each device, with the time limit of one request for each of its properties. */
export async function restoreSnapshot(
  requests: Requests,
  { devices, taken_at }: RestoreRequest,
  { dryRun = false, onDevice }: RestoreOptions,
): Promise<RestoreAnswer> {
  const all: RestoreAnswer = { changes: [], skipped: [], warnings: [] };
  // A snapshot without devices is the daemon's to answer, too.
  for (const part of devices.length > 1 ? devices.map((it) => [it]) : [devices]) {
    const count = part.reduce((sum, { properties }) => sum + Object.keys(properties ?? {}).length, 0);
    const timeoutMs = requests.timeoutMs * Math.max(1, count);
    const body = { devices: part, taken_at, dry_run: dryRun };
    const answer = await requests.answer<RestoreAnswer>("POST", ["restore"], body, "changes", { timeoutMs });
    all.changes.push(...answer.changes);
    all.skipped.push(...answer.skipped ?? []);
    all.warnings.push(...answer.warnings ?? []);
    await onDevice?.(answer);
  }
  return all;
}

/** Restores a time of a recording: one request for all devices, with ten times the limit of a request. */
export function restoreRecording(
  requests: Requests,
  recording: string,
  time: Date | string,
  { dryRun = false, devices }: RestoreRecordingOptions,
): Promise<RestoreAnswer> {
  const at = typeof time === "string" ? time : time.toISOString();
  const body = { recording, time: at, devices, dry_run: dryRun };
  return requests.answer("POST", ["restore"], body, "changes", { timeoutMs: requests.timeoutMs * 10 });
}
