/**
 * The project's files of the page as one script: a browser asks for two hundred files six at a time, and pays for each.
 *
 * A bundler would take seconds of the daemon's time. These files have one form, by the formatter and the rules of layers:
 * imports and exports begin lines, and there is no cycle. So each becomes a function that returns its exports, behind those
 * that it imports. Lines stay lines, which the source map gives their files.
 *
 * @module
 */
import { stripTypeScriptTypes } from "node:module";
import { setImmediate } from "node:timers/promises";

/** A script, and its source map in JSON. */
export interface LinkedScript {
  script: string;
  map: string;
}

/** `import a, { b, c as d } from "./e.ts";` and `import "./e.ts";` */
const IMPORT = /^import\b\s*([\w$]+)?\s*,?\s*(?:\{([^}]*)\}\s*)?(?:from\s*)?"([^"]+)";/gm;

/** `export * from "./a.ts";` and `export { b, c as d } from "./a.ts";` */
const EXPORT_FROM = /^export\s+(?:\*|\{([^}]*)\})\s*from\s*"([^"]+)";/gm;

/** `export const a = 1;`, of functions and classes, too. */
const EXPORT = /^export\s+(?=(?:const|class|(?:async\s+)?function\*?)\s+([\w$]+))/gm;

/** Finds statements such as {@linkcode IMPORT} that would be left in a function, where they cannot be. */
const OTHER = /^(?:import|export)\b.*/m;

/**
 * Links a TypeScript file with those that it imports, directly or not. Imports of packages stay imports. Between any two
 * files others have the thread.
 *
 * @param files The files by their paths, as a browser finds them.
 * @throws {SyntaxError} if a file has an import or export of another form, or imports itself over others.
 */
export async function linkedScript(files: ReadonlyMap<string, string>, main: string): Promise<LinkedScript> {
  const packages = new Map<string, string>();
  const linked = new Map<string, string>();
  const link = async (path: string, importers: string[]): Promise<void> => {
    if (importers.includes(path)) throw new SyntaxError(`Cannot link ${[...importers, path].join(" → ")}: a cycle`);
    if (linked.has(path)) return;
    await setImmediate();
    const text = stripTypeScriptTypes(files.get(path)!);
    const pathOf = (name: string) => new URL(name, `file://${path}`).pathname;
    for (const name of importsOf(text)) if (name.startsWith(".")) await link(pathOf(name), [...importers, path]);
    linked.set(path, "");
    const valueOf = (name: string) => {
      if (name.startsWith(".")) return `$file${[...linked.keys()].indexOf(pathOf(name))}`;
      if (!packages.has(name)) packages.set(name, `$package${packages.size}`);
      return packages.get(name)!;
    };
    linked.set(path, functionBody(path, text, valueOf));
  };
  await link(main, []);
  const imports = Array.from(packages, ([name, value]) => `import * as ${value} from "${name}";`).join(" ");
  const parts = Array.from(linked.values(), (body, n) => `const $file${n} = (() => { ${body} })();`);
  return {
    script: `${imports}\n${parts.join("\n")}\n//# sourceMappingURL=${main.replace(/^.*\/(.*)ts$/, "$1js")}.map\n`,
    map: sourceMap([...linked.keys()], parts),
  };
}

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT), ...text.matchAll(EXPORT_FROM)].map((match) => match.at(-1)!);
}

/** The file without imports and exports, which returns what it exports. Each of its lines stays one. */
function functionBody(path: string, text: string, valueOf: (name: string) => string): string {
  const exported: string[] = [];
  const inOneLine = (names = "") => names.replaceAll(/\s+/g, " ").trim();
  const lineEnds = (it: string) => "\n".repeat(it.split("\n").length - 1);
  const body = text
    .replaceAll(IMPORT, (all, whole, names, from) => {
      const value = valueOf(from);
      const parts = [...whole ? [`default: ${whole}`] : [], inOneLine(names?.replaceAll(" as ", ": "))].filter(Boolean);
      return (parts.length ? `const { ${parts.join(", ")} } = ${value};` : "") + lineEnds(all);
    })
    .replaceAll(EXPORT_FROM, (all, names, from) => {
      const value = valueOf(from);
      if (names === undefined) exported.push(`...${value}`);
      for (const name of inOneLine(names).split(", ").filter(Boolean)) {
        const [own, other = own] = name.replace(/,$/, "").split(" as ");
        exported.push(`${other}: ${value}.${own}`);
      }
      return lineEnds(all);
    })
    .replaceAll(EXPORT, (_, name) => (exported.push(name), ""));
  const [other] = OTHER.exec(body) ?? [];
  if (other) throw new SyntaxError(`Cannot link ${path}: ${other}`);
  return `${body}\nreturn { ${exported.join(", ")} };`;
}

/** The source map of parts behind a first line: each line but the last of a part is that of its file. */
function sourceMap(sources: readonly string[], parts: readonly string[]): string {
  let mappings = "";
  let last = 0;
  for (const [source, part] of parts.entries()) {
    const lines = part.split("\n").length - 1;
    // A column, the step to the source, to the line in it, and a column there; each is 0 or 1 but where a file begins.
    mappings += `;A${source === 0 ? "A" : "C"}${vlq(-last)}A${";AACA".repeat(lines - 1)};`;
    last = lines - 1;
  }
  return JSON.stringify({ version: 3, sources: sources.map((path) => `..${path}`), names: [], mappings });
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
