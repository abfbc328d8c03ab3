/**
 * The package zod for the one file of a driver's process. Its 33 files cost such a process a quarter of its CPU time until
 * the first sample, and those of 62 languages, which it imports as well, most of its memory.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The files of zod. */
export interface ZodFiles {
  /** The path of the file that drivers import as `zod`. */
  main: string;
  /** The texts of the files by their paths. */
  texts: ReadonlyMap<string, string>;
  /** A file that changes with each version. */
  version: string;
}

/** Two files of zod import each other. The value that one of them imports is also global, which breaks the cycle. */
const CYCLE = { file: "v4/core/util.js", import: 'import { globalConfig } from "./core.js";' };
const WITHOUT_CYCLE = "const globalConfig = globalThis.__zod_globalConfig ??= {};";

/** The messages in all languages. A program that uses one of them names it: `z.locales.de`. */
const LANGUAGES = "v4/locales/index.js";
const ENGLISH = "v4/locales/en.js";
const ALL_LANGUAGES = 'export * as locales from "../locales/index.js";';
const ON_DEMAND = 'export { languages as locales } from "../locales/index.js";';

/** Reads the files. `undefined` if they cannot be read without asking for a permission. */
export async function zodFiles(): Promise<ZodFiles | undefined> {
  const url = import.meta.resolve("zod");
  if (!url.startsWith("file:")) return undefined;
  const main = fileURLToPath(url);
  const folder = dirname(main);
  if ((await Deno.permissions.query({ name: "read", path: folder })).state !== "granted") return undefined;
  const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
  const texts = new Map([[main, await read("index.js")], [`${folder}/${ENGLISH}`, await read(ENGLISH)]]);
  for (const part of ["v4/classic", "v4/core"]) {
    for await (const { name } of Deno.readDir(`${folder}/${part}`)) {
      if (!name.endsWith(".js")) continue;
      texts.set(`${folder}/${part}/${name}`, (await read(`${part}/${name}`)).replace(ALL_LANGUAGES, ON_DEMAND));
    }
  }
  const cycle = `${folder}/${CYCLE.file}`;
  texts.set(cycle, texts.get(cycle)!.replace(CYCLE.import, WITHOUT_CYCLE));
  texts.set(`${folder}/${LANGUAGES}`, languagesOnDemand(folder, await read(LANGUAGES)));
  return { main, texts, version: `${folder}/package.json` };
}

/**
 * The file of all languages, which loads those of the package at their first use. Packages need no permission to be
 * read, not even by `require`.
 */
function languagesOnDemand(folder: string, text: string): string {
  const names = Array.from(text.matchAll(/\bdefault as ([\w$]+) \}/g), ([, name]) => name);
  const getters = names.map((name) => `get ${name}() { return all().${name}; }`);
  return `let loaded;
const all = () => loaded ??= process.getBuiltinModule("node:module")
  .createRequire(${JSON.stringify(`${folder}/`)})("./v4/locales/index.cjs");
export const languages = { ${getters.join(", ")} };
`;
}
