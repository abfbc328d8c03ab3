import type { DriverStatus } from "../../lib/client/mod.ts";

/** What has become of the file of a driver that runs. */
export interface FileNews {
  /** In two or three words. */
  tag: string;
  /** What begins with "its file". */
  what: string;
  /** What to do about it. */
  todo: string;
}

/** Why what runs of a driver is not what its file says; `undefined` if it is. */
export function fileNews({ error }: Pick<DriverStatus, "error">): FileNews | undefined {
  switch (error?.type) {
    case undefined:
      return undefined;
    case "NotFound":
      return { tag: "Its file is gone", what: "is gone", todo: "Put it back, or remove the devices that use it." };
    case "DriverStillLoads":
      return { tag: OLDER, what: "was saved, and still loads", todo: "The new one takes its place when it has." };
    default:
      return {
        tag: OLDER,
        what: "was saved, and what is in it now does not run",
        todo: "Mend it and save it: it is tried again at once.",
      };
  }
}

const OLDER = "An older version runs";

/** Where in its source something went wrong. */
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
