import { stripVTControlCharacters } from "node:util";
import { printable } from "../errors.ts";

/**
 * A line as the log keeps it, whoever wrote it: the escape sequences that colour it are taken out whole, and whatever else
 * could command a terminal is made harmless. Tabs stay.
 *
 * @example
 * ```ts
 * import { plainLine } from "./plain_line.ts";
 *
 * console.assert(plainLine("\x1b[32mgreen\x1b[0m\tand\x07") === "green\tand·");
 * ```
 */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text).split("\t").map(printable).join("\t");
}
