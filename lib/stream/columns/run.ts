import type { Template } from "./template.ts";

/** Samples of one template whose numbers follow each other. */
export interface Run {
  template: Template;
  /** For each place of the template the values of all its samples; none for the sequence numbers. */
  columns: readonly Float64Array[];
  /** The place of its first sample in the columns. */
  at: number;
  count: number;
  /** The sequence number of the first one. */
  first: number;
}

/** A part of some frames: text, or samples in columns. */
export type FrameItem = string | Run;
