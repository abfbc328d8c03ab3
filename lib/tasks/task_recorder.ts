import { LabError } from "../errors.ts";

/** Records devices while a task runs. */
export interface TaskRecorder {
  /** Resolves with the id of the recording. */
  start(name: string, deviceIds: readonly string[]): Promise<string>;
  stop(recordingId: string): Promise<void>;
}

/**
 * Starts the recording of a task that asks for one. Resolves with its id.
 *
 * @throws {LabError} `InvalidRequest`, if there is nothing to record, or no recorder.
 */
export async function recordTask(recorder: TaskRecorder | undefined, id: string, deviceIds: readonly string[]) {
  if (recorder && deviceIds.length > 0) return await recorder.start(id, deviceIds);
  const found = recorder ? "it owns no device" : "this daemon records nothing";
  throw new LabError("InvalidRequest", `Cannot record the task "${id}": ${found}`);
}
