import type { RecorderReport } from "../protocol/messages.ts";

/** A recorder that runs. */
export interface RecorderLink {
  /** For messages. */
  readonly pid: number;
  /** Its reports, until it has ended. */
  readonly reports: AsyncIterable<RecorderReport>;
  /** Resolves when it has taken the bytes. Rejects when it is gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Has it store what it has and end. Resolves when it is gone. */
  close(): Promise<void>;
}

/** Starts a recorder. @throws if that fails. */
export type StartRecorder = () => RecorderLink;
