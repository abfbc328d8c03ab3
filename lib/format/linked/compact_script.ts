import jsTokens from "js-tokens";

/**
 * A script without comments and repeated spaces: V8 keeps the text of each script in memory. Line ends stay, so that
 * stacks name the same lines.
 */
export function compactScript(script: string): string {
  const parts: string[] = [];
  for (const { type, value } of jsTokens(script)) {
    if (type === "SingleLineComment") continue;
    if (type === "MultiLineComment" && value.includes("\n")) parts.push(value.replaceAll(/[^\n]+/g, ""));
    else if (type !== "WhiteSpace" && type !== "MultiLineComment") parts.push(value);
    else if (parts.at(-1) !== " ") parts.push(" ");
  }
  return parts.join("");
}
