import { getLogger } from "@logtape/logtape";
import type { Bench } from "./bench.ts";

const logger = getLogger(["labdaemon", "bench"]);

/** A file of a driver or a task, as it is listed: without a name while it is not loaded. */
export interface GrantedFile {
  name: string | null;
  status: "loaded" | "failed";
}

/**
 * Logs a warning for each line of the bench file's grants that is for no driver and no task: it may be a misspelt one, which
 * grants nothing. While a file is not loaded, its name may be the one.
 */
export function warnOfUnknownGrants({ grants }: Pick<Bench, "grants">, files: readonly GrantedFile[]): void {
  if (files.some(({ status }) => status === "failed")) return;
  const known = new Set(files.map(({ name }) => name));
  for (const name of Object.keys(grants).filter((name) => !known.has(name))) {
    const found = `there is no driver or task ${JSON.stringify(name)}`;
    logger.warn("{warning}", { warning: `grants: ${found}; known are ${[...known].join(", ")}` });
  }
}
