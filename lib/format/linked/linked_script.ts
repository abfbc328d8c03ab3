/**
 * Files of this project as one script: a browser asks for two hundred files six at a time, and pays for each, and so does
 * Deno at the start of a driver's process.
 *
 * A bundler would take seconds of the daemon's time. These files have one form, by the formatter and the rules of layers:
 * imports and exports begin lines, and there is no cycle. So each becomes a function that returns its exports, behind those
 * that it imports. Lines stay lines, which the source map gives their files.
 *
 * @module
 */
import { stripTypeScriptTypes } from "node:module";
import { setImmediate } from "node:timers/promises";

/** Files as one script. `source_map.ts` has its source map. */
export interface LinkedScript {
  script: string;
  /** The files as they stand in the script behind its first line, each at the begin of a line. */
  parts: readonly string[];
  /** The files in it by their paths, in their order. */
  files: ReadonlyMap<string, LinkedFile>;
}

/** One file of a script. */
export interface LinkedFile {
  /** The constant of the script that has its exports. */
  constant: string;
  /** The names of its exports. */
  names: readonly string[];
}

/** `import a, { b, c as d } from "./e.ts";` and `import "./e.ts";` */
const IMPORT = /^import\b\s*([\w$]+)?\s*,?\s*(?:\{([^}]*)\}\s*)?(?:from\s*)?"([^"]+)";/gm;

/** `export * from "./a.ts";` and `export { b, c as d } from "./a.ts";` */
const EXPORT_FROM = /^export\s+(?:\*|\{([^}]*)\})\s*from\s*"([^"]+)";/gm;

/** `export const a = 1;`, of functions and classes, too. */
const EXPORT = /^export\s+(?=(?:const|class|(?:async\s+)?function\*?)\s+([\w$]+))/gm;

/** A list of types alone, whose file needs not be there when the script runs. */
const TYPES = /^import\s*\{(?:\s*type\s+[\w$]+(?:\s+as\s+[\w$]+)?\s*,?)+\s*\}\s*from\s*"[^"]+";/gm;

/** Finds statements such as {@linkcode IMPORT} that would be left in a function, where they cannot be. */
const OTHER = /^(?:import|export)\b.*/m;

/**
 * Links a TypeScript file with those that it imports, directly or not. Imports of packages stay imports. Between any two
 * files others have the thread.
 *
 * @param files The files by their paths, as the importer of the script finds them.
 * @param named The paths of files that are imported by other names.
 * @throws {SyntaxError} if a file has an import or export of another form, or imports itself over others.
 */
export async function linkedScript(
  files: ReadonlyMap<string, string>,
  main: string,
  named: Readonly<Record<string, string>> = {},
): Promise<LinkedScript> {
  const packages = new Map<string, string>();
  const linked = new Map<string, LinkedFile & { body: string }>();
  const link = async (path: string, importers: string[]): Promise<void> => {
    if (importers.includes(path)) throw new SyntaxError(`Cannot link ${[...importers, path].join(" → ")}: a cycle`);
    if (linked.has(path)) return;
    await setImmediate();
    const text = stripTypeScriptTypes(files.get(path)!.replaceAll(TYPES, (all) => lineEnds(all)));
    const pathOf = (name: string) => {
      if (name.startsWith(".")) return new URL(name, `file://${path}`).pathname;
      return Object.hasOwn(named, name) ? named[name] : undefined;
    };
    for (const name of importsOf(text)) {
      const imported = pathOf(name);
      if (imported !== undefined) await link(imported, [...importers, path]);
    }
    const importedAs = (name: string): LinkedFile => {
      const imported = pathOf(name);
      if (imported !== undefined) return linked.get(imported)!;
      if (!packages.has(name)) packages.set(name, `$package${packages.size}`);
      return { constant: packages.get(name)!, names: [] };
    };
    const constant = `$file${linked.size}`;
    linked.set(path, { constant, ...functionBody(path, text, importedAs) });
  };
  await link(main, []);
  const imports = Array.from(packages, ([name, value]) => `import * as ${value} from "${name}";`).join(" ");
  const parts = Array.from(linked.values(), ({ constant, body }) => `const ${constant} = (() => { ${body} })();`);
  return { script: `${imports}\n${parts.join("\n")}\n`, parts, files: linked };
}

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT), ...text.matchAll(EXPORT_FROM)].map((match) => match.at(-1)!);
}

/** As many ends of lines as a text has. */
function lineEnds(text: string): string {
  return "\n".repeat(text.split("\n").length - 1);
}

/** The file without imports and exports, which returns what it exports, and the names of that. Each of its lines stays one. */
function functionBody(path: string, text: string, importedAs: (name: string) => LinkedFile) {
  const exported: string[] = [];
  const exportedNames = new Set<string>();
  const inOneLine = (names = "") => names.replaceAll(/\s+/g, " ").trim();
  const body = text
    .replaceAll(IMPORT, (all, whole, names, from) => {
      const { constant } = importedAs(from);
      const parts = [...whole ? [`default: ${whole}`] : [], inOneLine(names?.replaceAll(" as ", ": "))].filter(Boolean);
      return (parts.length ? `const { ${parts.join(", ")} } = ${constant};` : "") + lineEnds(all);
    })
    .replaceAll(EXPORT_FROM, (all, names, from) => {
      const imported = importedAs(from);
      if (names === undefined) {
        exported.push(`...${imported.constant}`);
        for (const name of imported.names) exportedNames.add(name);
      }
      for (const name of inOneLine(names).split(", ").filter(Boolean)) {
        const [own, other = own] = name.replace(/,$/, "").split(" as ");
        exported.push(`${other}: ${imported.constant}.${own}`);
        exportedNames.add(other);
      }
      return lineEnds(all);
    })
    .replaceAll(EXPORT, (_, name) => {
      exported.push(name);
      exportedNames.add(name);
      return "";
    });
  const [other] = OTHER.exec(body) ?? [];
  if (other) throw new SyntaxError(`Cannot link ${path}: ${other}`);
  return { body: `${body}\nreturn { ${exported.join(", ")} };`, names: [...exportedNames] };
}
