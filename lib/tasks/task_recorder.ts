/** Records devices while a task runs. */
export interface TaskRecorder {
  /** Resolves with the id of the recording. */
  start(name: string, deviceIds: readonly string[]): Promise<string>;
  stop(recordingId: string): Promise<void>;
}
