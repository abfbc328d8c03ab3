import config from "../../../deno.json" with { type: "json" };

/** White space and comments, which may stand before an import. */
const BLANK = /(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;

/** An import in a line of its own, or with its names in several lines. */
const IMPORT =
  /import\s+(type\s+)?(?:[^"'`;()]*?\bfrom\s*)?(["'])([^"'\n\\]+)\2[ \t]*;?[ \t]*(?:\/\/[^\n]*?)?\r?(?:\n|$)/y;

/** Anything that is, or may be, another import. */
const OTHER =
  /\bimport\b(?!\.meta\b)|\bexport\b(?!\s+(?:default|const|let|var|function|async|class|abstract|interface|enum|type\s+\w+)\b)/;

/** The comments that name a file or a package. */
const PRAGMA = /@(?:ts-(?:self-)?types|deno-types|jsx)|<reference/i;

/** The names that lead to the same modules from each file: packages, and what `deno.json` names. */
const PLAIN = /^(?:npm|node):/;

/**
 * The names of the packages that a driver file imports, in alphabetical order, if it certainly imports nothing else:
 * all imports stand before other code, and nothing after them may be one. `undefined` for any other text.
 */
export function plainImports(text: string): string[] | undefined {
  const names = new Set<string>();
  let at = 0;
  const take = (what: RegExp) => {
    what.lastIndex = at;
    const found = what.exec(text);
    if (found) at = what.lastIndex;
    return found;
  };
  for (take(BLANK);; take(BLANK)) {
    const found = take(IMPORT);
    if (!found) break;
    const [, type = "", , name] = found;
    if (!PLAIN.test(name) && !Object.hasOwn(config.imports, name)) return undefined;
    names.add(`${type}${name}`);
  }
  return OTHER.test(text.slice(at)) || PRAGMA.test(text) ? undefined : [...names].sort();
}
