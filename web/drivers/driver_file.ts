import type { DriverStatus } from "../../lib/client/mod.ts";

/** A difference between a driver's file and the version that runs. */
export interface FileNews {
  /** In two or three words. */
  tag: string;
  /** Continues "The file". */
  what: string;
  /** The next step for the person. */
  todo: string;
}

/** The difference between a driver's file and the version that runs; `undefined` without one. */
export function fileNews({ error }: Pick<DriverStatus, "error">): FileNews | undefined {
  switch (error?.type) {
    case undefined:
      return undefined;
    case "NotFound":
      return { tag: "File missing", what: "is missing", todo: "Restore it, or remove the devices that use it." };
    case "DriverStillLoads":
      return { tag: OLDER, what: "was saved, and is loading", todo: "The new version replaces it then." };
    default:
      return {
        tag: OLDER,
        what: "was saved, and its new content does not load",
        todo: "Fix the file and save it: it loads again at once.",
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

/** The first place in a source that a message names, as in `at file:///benchmarks/drivers/laser.ts:12:5`. */
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
