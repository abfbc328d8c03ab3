import type { LabError } from "../errors.ts";
import type { Block } from "../stream/block.ts";
import type { ConsoleLevel } from "./console_line.ts";
import type { Operation, Requests } from "./protocol.ts";

/** How to wait for an answer. */
export interface RequestOptions {
  /** What is being done, to begin an error's message with: `Cannot call "home" on "stage1"`. */
  attempt: string;
  /**
   * How long to wait, in milliseconds. Then the work is told to end, and the request fails with `DeviceTimeout`.
   *
   * @default {10_000}
   */
  limit?: number;
  /**
   * How long the work may go on after it was told to end because its time was over, in milliseconds. A process in which
   * it still goes on then is killed: what holds the device's lock keeps everybody else out. Without it, for ever.
   */
  grace?: number;
  /**
   * When the time is over, look whether the process answers anything. One that does not is killed, and the request fails with
   * that reason: it is not the instrument that is slow.
   */
  probe?: boolean;
  /** Stops waiting, and tells the work to end. */
  signal?: AbortSignal;
}

/** What a process takes of the machine, as it says itself every two seconds. */
export interface ProcessUsage {
  pid: number;
  /** In bytes. */
  memory: number;
  /** The part of one core, since it was asked before. */
  cpu: number;
}

/** What runs one driver: a process of its own, or this one. */
export interface Host {
  /** Asks for one thing. Rejects with a `LabError`, also when the host is or gets lost. */
  request<Op extends Operation>(op: Op, input: Requests[Op][0], options: RequestOptions): Promise<Requests[Op][1]>;
  /** Resolves when the host is gone, whoever ended it, with the reason. All its samples have been handed over by then. */
  readonly closed: Promise<LabError>;
  /** What its process takes of the machine, once it is known; never for a host that has no process of its own. */
  readonly usage?: ProcessUsage | undefined;
  /** Ends it: asks, then forces, then kills; with `force`, kills. Resolves when it is gone. Idempotent. */
  close(options?: { force?: boolean }): Promise<void>;
}

/** What a host tells unasked. */
export interface HostEvents {
  block(block: Block): void;
  /** The driver runs in this process: a sample as it was yielded, before its block. */
  sample?(sequence: number, payload: unknown): void;
  /** All samples before `next` that were not in a block are lost. */
  lost(next: number): void;
  /** The run is over though nobody stopped it. */
  ended(error: LabError | null): void;
  /** The driver wrote a line to its console. The level is unknown of what came by another way. */
  print(line: string, level?: ConsoleLevel): void;
}

/** For a host of which nobody wants to hear. */
export const SILENT: HostEvents = { block: () => {}, lost: () => {}, ended: () => {}, print: () => {} };
