import type { DriverStatus } from "../../lib/client/mod.ts";

/** A difference between a driver's file and the version that runs. */
export interface FileDifference {
  /** In two or three words. */
  tag: string;
  /** Continues "The file". */
  problem: string;
  /** The next step for the person. */
  advice: string;
}

/** The difference between a driver's file and the version that runs; `undefined` without one. */
export function fileDifference({ error }: Pick<DriverStatus, "error">): FileDifference | undefined {
  switch (error?.type) {
    case undefined:
      return undefined;
    case "NotFound":
      return { tag: "File missing", problem: "is missing", advice: "Restore it, or remove the devices that use it." };
    case "DriverStillLoads":
      return { tag: OLDER, problem: "was saved, and is loading", advice: "The new version replaces it then." };
    default:
      return {
        tag: OLDER,
        problem: "was saved, and its new content does not load",
        advice: "Fix the file and save it: it loads again at once.",
      };
  }
}

const OLDER = "An older version runs";

/** A place in a source file. */
export interface WhereInFile {
  file: string;
  line: number;
  column: number;
}

/** The first place in a source that a message names, as in `at file:///lab/drivers/laser.ts:12:5`. */
export function whereInFile(message: string): WhereInFile | undefined {
  const found = /([^\s/\\:"'()]+\.[cm]?[jt]sx?):(\d+):(\d+)/.exec(message);
  return found ? { file: decode(found[1]), line: Number(found[2]), column: Number(found[3]) } : undefined;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
