import { getLogger } from "@logtape/logtape";
import type { Bench } from "./bench.ts";

const logger = getLogger(["labdaemon", "bench"]);

/** A file of a driver or a task in the list of files. It has no name until it is loaded. */
export interface GrantedFile {
  name: string | null;
  status: "loaded" | "failed";
}

/**
 * Logs a warning for each line of the bench file's grants that names neither a driver nor a task: the name may be
 * misspelt, and the line then grants nothing. Waits while a file is not loaded, since the file may have that name.
 */
export function warnOfUnknownGrants({ grants }: Pick<Bench, "grants">, files: readonly GrantedFile[]): void {
  if (files.some(({ status }) => status === "failed")) return;
  const known = new Set(files.map(({ name }) => name));
  for (const name of Object.keys(grants).filter((name) => !known.has(name))) {
    const found = `there is no driver or task ${JSON.stringify(name)}`;
    logger.warn("{warning}", { warning: `grants: ${found}; known are ${[...known].join(", ")}` });
  }
}
