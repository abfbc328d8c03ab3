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
