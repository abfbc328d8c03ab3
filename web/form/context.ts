import type { ReadonlySignal } from "@preact/signals";
import type { Draft } from "./draft.ts";
import type { PlacedIssues } from "./issues.ts";

/** What the fields of one form share. */
export interface FormContext {
  /** Begins the ids of its elements. */
  id: string;
  draft: ReadonlySignal<Draft>;
  issues: PlacedIssues;
  /** Takes down what was entered. */
  enter(entries: Draft): void;
  /** The same, in place of all that was entered before. */
  replace(draft: Draft): void;
}
