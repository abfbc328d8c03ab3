import { gapReason } from "../../lib/format/gap_reasons.ts";
import type { PlotGap } from "./gaps.ts";

/** The reasons that this page finds itself. */
const OWN_REASONS: Record<string, string> = {
  unexplained: "they did not arrive, and the daemon gave no reason",
  unwatched: "this page was cut off; the daemon had them, but they are not drawn",
  clock: "the daemon's clock was set back, and the points after it were removed",
};

/** The size and the reason of a gap: `3 samples missing: lost before the daemon received them`. */
export function gapText({ lost, reason }: Pick<PlotGap, "lost" | "reason">): string {
  const why = OWN_REASONS[reason] ?? gapReason(reason, "this page");
  if (lost === null) return `samples missing: ${why}`;
  const what = reason === "clock" ? "points removed" : reason === "unwatched" ? "samples not drawn" : "samples missing";
  return `${lost.toLocaleString("en")} ${lost === 1 ? what.replace(/s /, " ") : what}: ${why}`;
}
