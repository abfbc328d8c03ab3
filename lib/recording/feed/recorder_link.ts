import type { RecorderReport } from "../protocol/messages.ts";

/** A recorder that runs. */
export interface RecorderLink {
  /** For messages. */
  readonly pid: number;
  /** The reports of the recorder, until its end. */
  readonly reports: AsyncIterable<RecorderReport>;
  /** Resolves when the recorder has taken the parts, in order. Rejects when the recorder is gone. */
  write(parts: readonly Uint8Array[]): Promise<void>;
  /** True if writing is a copy in memory: the sooner after its arrival, the more of it is in the processor's cache. */
  isDirect(): boolean;
  /**
   * Writes the parts at once, if that is a copy in memory. Returns false if there is no room for all of them.
   *
   * @throws if the recorder is gone.
   */
  writeNow(parts: readonly Uint8Array[]): boolean;
  /** Makes the recorder store its data and end. Resolves when the recorder is gone. */
  close(): Promise<void>;
}

/** Starts a recorder. @throws if that fails. */
export type StartRecorder = () => RecorderLink;
