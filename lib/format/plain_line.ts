import { printable } from "../errors.ts";

/** Escape sequences of terminals: colours, cursor movements, titles, links. */
const ESCAPE_SEQUENCE =
  // deno-lint-ignore no-control-regex
  /(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|[\x1b\x9b][[\]()#;?]*(?:\d{1,4}(?:[;:]\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/g;

/**
 * A line for the log: without the escape sequences that colour it, and with a dot for every other control character. Tabs
 * stay.
 *
 * @example
 * ```ts
 * import { plainLine } from "./plain_line.ts";
 *
 * console.assert(plainLine("\x1b[32mgreen\x1b[0m\tand\x07") === "green\tand·");
 * ```
 */
export function plainLine(text: string): string {
  return text.replaceAll(ESCAPE_SEQUENCE, "").split("\t").map(printable).join("\t");
}
