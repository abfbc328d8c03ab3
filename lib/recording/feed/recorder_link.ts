import type { RecorderReport } from "../protocol/messages.ts";

/** A recorder that runs. */
export interface RecorderLink {
  /** For messages. */
  readonly pid: number;
  /** Its reports, until it has ended. */
  readonly reports: AsyncIterable<RecorderReport>;
  /** Resolves when it has taken the parts, in order. Rejects when it is gone. */
  write(parts: readonly Uint8Array[]): Promise<void>;
  /** True if writing is a copy in memory: the sooner after its arrival, the more of it is in the processor's cache. */
  isDirect(): boolean;
  /** Writes the parts at once, where that is a copy in memory; false if there is no room for all of them. @throws if it is gone. */
  writeNow(parts: readonly Uint8Array[]): boolean;
  /** Has it store what it has and end. Resolves when it is gone. */
  close(): Promise<void>;
}

/** Starts a recorder. @throws if that fails. */
export type StartRecorder = () => RecorderLink;
