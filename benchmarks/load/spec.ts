import type { Account } from "./event_verifier.ts";
import type { Stamp } from "./stamp.ts";

/** Readers that do the same. */
export interface ReaderGroup {
  /** The name in the report. */
  name: string;
  /** `{i}` in it becomes the reader's number in the group, from 0. */
  path: string;
  readers: number;
  /**
   * `scan`: every sequence number and gap, by bytes. `json`: every event parsed and compared. `never`: sends the request
   * and reads nothing, ever.
   */
  check: "scan" | "json" | "never";
  /** The number of readers that measure latency, on every `sampleEvery`-th event. */
  sampled?: number;
  sampleEvery?: number;
  stamp?: Stamp;
}

/** The specification that a load process receives at its start. */
export interface LoadSpec {
  port: number;
  groups: ReaderGroup[];
  /** The readers are ready once each has its first sample, or else once it has its answer. */
  awaitSamples: boolean;
}

/** The commands to a load process, a line each. */
export type LoadCommand =
  | { op: "begin" }
  | { op: "end" }
  /** Waits until every reader expects the sample `next`, `limit` ms at most. */
  | { op: "settle"; next: number; limit: number }
  /** Waits until the newest sampled event of no reader was older than `lag` ms at its arrival, `limit` ms at most. */
  | { op: "catch-up"; lag: number; limit: number };

/** The answers of a load process, a line each. */
export type LoadAnswer =
  | { ready: true }
  | { begun: true }
  | { report: Record<string, GroupReport> }
  | { settled: number; accounts: Account[] }
  | { caughtUp: boolean }
  | { failed: string };

/** The account of a group of readers between `begin` and `end`. */
export interface GroupReport {
  received: number;
  /** Missing and reported by a gap; missing and not reported; repeated or too late. */
  lost: number;
  unreported: number;
  repeated: number;
  gaps: number;
  /** The violations that the complete check found, in words. */
  faults: string[];
  bytes: number;
  reads: number;
  /** Streams that ended unexpectedly. */
  ended: number;
  /** Milliseconds from stamp to arrival, of the sampled events. */
  latencies: number[];
  /** The first and the last sampled event of the group's first reader: its number, and its device's and reader's clock. */
  span: { sequences: number; deviceMs: number; readerMs: number } | null;
}
