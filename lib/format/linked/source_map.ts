import type { LinkedScript } from "./linked_script.ts";

/**
 * The source map of a script in JSON: all lines of a part except its last are lines of its file.
 *
 * @param source Where the file of a path is found.
 */
export function sourceMap({ files, parts }: LinkedScript, source: (path: string) => string): string {
  let mappings = "";
  let last = 0;
  for (const [n, part] of parts.entries()) {
    const lines = part.split("\n").length - 1;
    // A column, the step to the source, to the line in it, and a column there; each is 0 or 1 but where a file begins.
    mappings += `;A${n === 0 ? "A" : "C"}${vlq(-last)}A${";AACA".repeat(lines - 1)};`;
    last = lines - 1;
  }
  return JSON.stringify({ version: 3, sources: [...files.keys()].map(source), names: [], mappings });
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A number of a source map: groups of five bits, the lowest first, whose first has the sign. */
function vlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = "";
  do {
    const bits = rest % 32;
    rest = Math.floor(rest / 32);
    text += BASE64[rest > 0 ? bits + 32 : bits];
  } while (rest > 0);
  return text;
}
