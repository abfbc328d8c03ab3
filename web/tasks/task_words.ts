import type { TaskStatus } from "../../lib/client/mod.ts";

/** The state of a task in words. */
export function stateWords({ status, pausing, cancelling, running }: TaskStatus): string {
  if (running && cancelling) return "being cancelled";
  if (running && pausing && status !== "paused") return "will pause";
  return status === "asking" ? "asks" : status;
}

/** The class of the words of a state. */
export function stateClass({ status }: Pick<TaskStatus, "status">): string {
  if (status === "failed") return "bad";
  return status === "asking" || status === "resuming" || status === "paused" ? "warn" : "";
}

/** The progress of a task in words: `40 %, 4 V`. */
export function progressWords({ progress, steps }: TaskStatus): string {
  const fraction = progress?.fraction ?? null;
  const words = [fraction !== null && `${Math.round(fraction * 100)} %`, progress?.text].filter(Boolean).join(", ");
  return words || (steps.done > 0 ? `${steps.done} steps` : "");
}
