import type { LabError } from "../errors.ts";
import type { Block } from "../stream/block.ts";
import type { InstrumentClockStatus, ProcessStatus } from "../wire/device.ts";
import type { ClockSource } from "../wire/events.ts";
import type { ConsoleLevel } from "./console_line.ts";
import type { ProtocolOperation, ProtocolRequests, TranscriptEntry } from "./protocol/protocol.ts";

/** Options of {@linkcode Host.request}. */
export interface RequestOptions {
  /** The beginning of an error's message: `Cannot call "home" on "stage1"`. */
  attempt: string;
  /**
   * The limit of the answer, in milliseconds. After it the work's signal aborts, and the request rejects with
   * `DeviceTimeout`.
   *
   * @default {10_000}
   */
  limitMs?: number;
  /**
   * At the limit, ping the process. A process that does not answer hangs: it is killed, and the request rejects with that
   * reason.
   */
  probe?: boolean;
  /** Stops waiting, and aborts the work's signal. */
  signal?: AbortSignal;
  /** Aborts the work's signal only: the answer is awaited. */
  cancel?: AbortSignal;
  /** Called when a call gets the device's lock. */
  begun?(): void;
  /** Called when a method reports its progress. */
  progress?(fraction: number | null, text: string): void;
}

/** A process's use of the machine, measured by itself every two seconds. */
export type ProcessUsage = Omit<ProcessStatus, "memory_limit">;

/** The runner of one driver: a process of its own, or this process. */
export interface Host {
  /** Sends a request. Rejects with a `LabError`, also when the host has ended or ends meanwhile. */
  request<Op extends ProtocolOperation>(
    op: Op,
    input: ProtocolRequests[Op][0],
    options: RequestOptions,
  ): Promise<ProtocolRequests[Op][1]>;
  /** Resolves with the reason when the host has ended. All its samples have been handed over by then. */
  readonly closed: Promise<LabError>;
  /** True if the host ended because of another device of its process, or of an unknown one. */
  readonly isEndedByOther?: boolean;
  /** The process's use of the machine, once it is known; absent for a host without a process. */
  readonly usage?: ProcessUsage | undefined;
  /** The limits of its program, as that has reported them; absent for Deno's. */
  readonly sandbox?: string | undefined;
  /**
   * From now on the driver refuses commands with a lower number; those that wait for their turn, too. A host of an older driver
   * API does not: the daemon alone refuses then. `isLeased`: the instrument is made safe if the daemon dies.
   */
  setFence(number: number, isLeased: boolean): void;
  /** Ends it: closes its stdin, then sends SIGTERM, then SIGKILL; with `force`, SIGKILL at once. Idempotent. */
  close(options?: { force?: boolean }): Promise<void>;
}

/** Events of a host. */
export interface HostEvents {
  block(block: Block): void;
  /** A sample as the driver yielded it, before its block. Only from an inline host. */
  sample?(sequence: number, payload: unknown): void;
  /** All samples before `next` that were not in a block are lost. */
  lost(next: number): void;
  /** A clock was set by so many milliseconds before the next sample. */
  clock?(stepMs: number, source: ClockSource): void;
  /** The instrument's clock beside the host's, every two seconds. */
  instrumentClock?(status: InstrumentClockStatus): void;
  /** The run ended and was not stopped: with an error, or because the driver returned. */
  ended(error: LabError | null): void;
  /** The connection to the instrument is lost. It may be reported beside the end of the run. */
  disconnected?(error: LabError): void;
  /** A failure after which the run continues: a sample was too large. */
  problem?(error: LabError): void;
  /** The bytes that the connections of a device with a transcript have carried. */
  transcript?(entries: TranscriptEntry[]): void;
  /** The driver does something that it does not declare; with `null`, no longer. */
  warn?(type: string, message: string | null): void;
  /** Output that was not read as lines, because there was too much of it. */
  dropped?(lines: number, bytes: number): void;
  /** The driver wrote a line. The level is absent if the line did not come from the console. */
  print(line: string, level?: ConsoleLevel): void;
}

/** For a host whose events are not needed. */
export const IGNORE_EVENTS: HostEvents = { block: () => {}, lost: () => {}, ended: () => {}, print: () => {} };
