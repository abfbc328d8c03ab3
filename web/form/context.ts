import type { ReadonlySignal } from "@preact/signals";
import type { Draft } from "./draft.ts";
import type { PlacedIssues } from "./issues.ts";

/** The state that the fields of a form share. */
export interface FormContext {
  /** Begins the ids of its elements. */
  id: string;
  draft: ReadonlySignal<Draft>;
  issues: PlacedIssues;
  /** Stores entries. */
  enter(entries: Draft): void;
  /** Replaces all entries. */
  replace(draft: Draft): void;
}
