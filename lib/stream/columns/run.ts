import type { Template } from "./template.ts";

/** Samples of one template with consecutive sequence numbers. */
export interface Run {
  template: Template;
  /** For each slot of the template, the values of all samples; empty for the sequence numbers. */
  columns: readonly Float64Array[];
  /** The index of its first sample in the columns. */
  at: number;
  count: number;
  /** The sequence number of its first sample. */
  first: number;
}

/** A part of some frames: text, or samples in columns. */
export type FrameItem = string | Run;
