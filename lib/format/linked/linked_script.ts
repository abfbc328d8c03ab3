/**
 * Files of this project as one script. A browser requests two hundred files six at a time, and each request takes time.
 * Each file also takes time at the start of a driver's process in Deno.
 *
 * A bundler would take seconds of the daemon's time. The formatter and the rules of layers give these files one form:
 * imports and exports begin lines, and there is no cycle. So each file becomes a function that returns its exports,
 * after the files that it imports. Files of libraries have fixed versions, and so a fixed form. Line ends stay, and the
 * source map names the file of each line.
 *
 * @module
 */
import { stripTypeScriptTypes } from "node:module";
import { setImmediate } from "node:timers/promises";

/** Files as one script. `source_map.ts` makes its source map. */
export interface LinkedScript {
  script: string;
  /** The files as they stand in the script behind its first line, each at the begin of a line. */
  parts: readonly string[];
  /** The files in the script, by their paths, in their order. */
  files: ReadonlyMap<string, LinkedFile>;
}

/** One file of a script. */
export interface LinkedFile {
  /** The constant of the script that has its exports. */
  constant: string;
  /** The names of its exports. */
  names: readonly string[];
}

/** The statements of a file that link it with others. */
interface Form {
  /** The groups are the namespace, the default, the names in braces, and the other file. */
  import: RegExp;
  /** The groups are the namespace, the names in braces, and the other file. */
  exportFrom: RegExp;
}

/**
 * `import a, { b, c as d } from "./e.ts";`, `import * as a from "./e.ts";`, `import "./e.ts";`, `export * from "./a.ts";`,
 * `export * as a from …`, `export { b, c as d } from …`
 */
const OWN: Form = {
  import: /^import\b\s*(?:\*\s*as\s+([\w$]+)|([\w$]+)?\s*,?\s*(?:\{([^}]*)\})?)\s*(?:from\s*)?"([^"]+)";/gm,
  exportFrom: /^export\s+(?:\*(?:\s*as\s+([\w$]+))?|\{([^}]*)\})\s*from\s*"([^"]+)";/gm,
};

/** The form of a library in JavaScript, where other statements may stand before and behind imports in a line. */
const LIBRARY: Form = {
  import:
    /(?<![\w$.]|\/\/\s?)import\s*(?:\*\s*as\s+([\w$]+)\s*|(?:([\w$]+)\s*)?,?\s*(?:\{([^}]*)\}\s*)?)from\s*["']([^"']+)["'];/g,
  exportFrom: /(?<![\w$.]|\/\/\s?)export\s*(?:\*(?:\s*as\s+([\w$]+))?|\{([^}]*)\})\s*from\s*["']([^"']+)["'];/g,
};

/** `export { a, b as c };`, of a library. */
const EXPORT_LIST = /(?<![\w$.])export\s*\{([^}]*)\};/g;

/** `export default a;`, of a library. */
const EXPORT_DEFAULT = /(?<![\w$.`])export\s+default\s+/g;

/** `export const a = 1;`, of functions and classes, too. A variable has its value at the end of the file. */
const EXPORT = /^export\s+(?:\/\*[^*]*\*\/\s*)?(?=(?:const|var|class|(?:async\s+)?function\*?)\s+([\w$]+))/gm;

/** An import of types alone: the script does not need that file. */
const TYPES = /^import\s*\{(?:\s*type\s+[\w$]+(?:\s+as\s+[\w$]+)?\s*,?)+\s*\}\s*from\s*"[^"]+";/gm;

/**
 * Finds statements such as those of {@linkcode OWN} that would remain in a function, where the language does not allow
 * them.
 */
const OTHER = /^(?:import|export)\b.*/m;

/**
 * Links a TypeScript file with the files that it imports, directly or not. Imports by other names stay imports. Other
 * work can run between two files.
 *
 * @param files The files by their paths, as the importer of the script finds them.
 * @param named The paths of files that are imported by other names.
 * @throws {SyntaxError} if a file has an import or export of another form, or imports itself indirectly.
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
    const form = path.endsWith(".ts") ? OWN : LIBRARY;
    const written = files.get(path)!;
    const text = form === OWN ? withoutTypes(written.replaceAll(TYPES, (all) => lineEnds(all))) : written;
    const pathOf = (name: string) => {
      if (name.startsWith(".")) return new URL(name, `file://${path}`).pathname;
      return Object.hasOwn(named, name) ? named[name] : undefined;
    };
    for (const name of importsOf(text, form)) {
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
    linked.set(path, { constant, ...functionBody({ path, text, form }, importedAs) });
  };
  await link(main, []);
  const imports = Array.from(packages, ([name, value]) => `import * as ${value} from "${name}";`).join(" ");
  const parts = Array.from(linked.values(), ({ constant, body }) => `const ${constant} = (() => { ${body} })();`);
  return { script: `${imports}\n${parts.join("\n")}\n`, parts, files: linked };
}

function importsOf(text: string, form: Form): string[] {
  return [...text.matchAll(form.import), ...text.matchAll(form.exportFrom)].map((match) => match.at(-1)!);
}

/** Node replaces characters of several bytes in types by wide spaces: here they become plain spaces. */
function withoutTypes(source: string): string {
  return stripTypeScriptTypes(source).replace(/[\u00a0\u2002\ufeff]/g, (space, n) => source[n] === space ? space : " ");
}

/** The line ends of a text, without the rest. */
function lineEnds(text: string): string {
  return "\n".repeat(text.split("\n").length - 1);
}

/** A file as the body of a function that returns its exports, and the names of these. The line numbers stay. */
function functionBody(
  { path, text, form }: { path: string; text: string; form: Form },
  importedAs: (name: string) => LinkedFile,
) {
  const exported: string[] = [];
  const exportedNames = new Set<string>();
  const inOneLine = (names = "") => names.replaceAll(/\s+/g, " ").trim();
  const add = (name: string, value = "") => {
    exported.push(value ? `${name}: ${value}` : name);
    exportedNames.add(name);
  };
  const addList = (names: string, valueOf: (own: string) => string) => {
    for (const name of inOneLine(names).split(/ ?, ?/).filter(Boolean)) {
      const [own, other = own] = name.split(" as ");
      add(other, valueOf(own));
    }
  };
  let body = text
    .replaceAll(form.import, (all, everything, whole, names, from) => {
      const { constant } = importedAs(from);
      const parts = [...whole ? [`default: ${whole}`] : [], inOneLine(names?.replaceAll(" as ", ": "))].filter(Boolean);
      const declared = everything ?? (parts.length ? `{ ${parts.join(", ")} }` : undefined);
      return (declared ? `const ${declared} = ${constant};` : "") + lineEnds(all);
    })
    .replaceAll(form.exportFrom, (all, everything, names, from) => {
      const imported = importedAs(from);
      if (everything) add(everything, imported.constant);
      else if (names === undefined) {
        exported.push(`...${imported.constant}`);
        for (const name of imported.names) exportedNames.add(name);
      } else addList(names, (own) => `${imported.constant}.${own}`);
      return lineEnds(all);
    })
    .replaceAll(EXPORT, (_, name) => (add(name), ""));
  if (form === LIBRARY) {
    body = body
      .replaceAll(EXPORT_LIST, (all, names) => (addList(names, (own) => own), lineEnds(all)))
      .replaceAll(EXPORT_DEFAULT, () => (add("default", "$default"), "const $default = "));
  }
  const [other] = OTHER.exec(body) ?? [];
  if (other) throw new SyntaxError(`Cannot link ${path}: ${other}`);
  return { body: `${body}\nreturn { ${exported.join(", ")} };`, names: [...exportedNames] };
}
