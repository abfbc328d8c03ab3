import type { Hole } from "./gaps.ts";

const REASONS: Record<string, string> = {
  "slow-reader": "this page was too slow for them",
  "expired": "this page was away for longer than the daemon keeps them",
  "restart": "the daemon was started anew, and nobody knows how many",
  "source": "lost before the daemon had them",
  "unseen": "they did not come, and the daemon did not say why",
  "unwatched": "this page was away; the daemon had them, they are only not drawn",
  "clock": "the daemon's clock was set back, and what was drawn behind it is taken away",
};

/** How many samples a hole has, and why: `3 missing: lost before the daemon had them`. */
export function reasonOf({ lost, reason }: Pick<Hole, "lost" | "reason">): string {
  const why = REASONS[reason] ?? reason;
  if (lost === null) return `samples missing: ${why}`;
  const what = reason === "clock" ? "points gone" : reason === "unwatched" ? "samples not drawn" : "samples missing";
  return `${lost.toLocaleString("en")} ${lost === 1 ? what.replace(/s /, " ") : what}: ${why}`;
}
