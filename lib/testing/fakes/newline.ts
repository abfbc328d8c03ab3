import type { DriverDocument } from "../../declared/file/read_file.ts";
import { TERMINATORS } from "../../declared/line_link.ts";

/** The end of the lines of an instrument, as its file says it. */
export function newlineOf({ params }: Pick<DriverDocument, "params">): string {
  return TERMINATORS[(params.terminator ?? "LF") as keyof typeof TERMINATORS];
}
