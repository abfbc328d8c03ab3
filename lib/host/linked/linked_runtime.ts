/**
 * The library's part of a driver's process as one file, in Deno's folder of caches. A process reads a hundred files less at
 * its start with it, which is a third of its CPU time and a fifth of its memory. It is made at the first start of a process
 * from files that have changed.
 *
 * Each name that a module has elsewhere leads to this file by an import map: `labdaemon/driver`, and the URLs of the
 * library's files for those modules that are imported only by some drivers. So each module exists once in a process.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import config from "../../../deno.json" with { type: "json" };
import { asciiScript } from "../../format/linked/ascii_script.ts";
import { type LinkedFile, type LinkedScript, linkedScript } from "../../format/linked/linked_script.ts";
import { cachesFolder } from "./caches_folder.ts";
import { type ZodFiles, zodFiles } from "./zod_files.ts";

/** The files that start a driver's process. */
export interface LinkedRuntime {
  /** The path of the main module. */
  main: string;
  /** The path of the import map. */
  importMap: string;
  /** The folder of both, and of all modules that a driver may import from them. */
  folder: string;
}

const LIBRARY = new URL("../../", import.meta.url);
const CONFIG = new URL("../deno.json", LIBRARY);
const MAIN = new URL("host/runtime/process_main.ts", LIBRARY);

/** The name by which drivers import the library. */
const DRIVER = "labdaemon/driver";

const ZOD = "zod";

/** The parts of the library that may be in it. */
const FOLDERS = ["async", "driver", "format", "host", "stream", "wire"];

/** The files that make it. */
const MAKERS = [
  "format/linked/ascii_script.ts",
  "format/linked/compact_script.ts",
  "format/linked/linked_script.ts",
  "host/linked/linked_runtime.ts",
  "host/linked/zod_files.ts",
  "../deno.json",
];

/** Older versions are removed after so many days: a daemon that runs may still start processes of them. */
const KEPT_DAYS = 30;

const MS_PER_DAY = 86_400_000;

let made: Promise<LinkedRuntime | undefined> | undefined;

/**
 * Resolves with the files of this version of the library. `undefined` if they cannot be written, or asking for that would
 * need a permission: a driver's process then starts from the library's own files.
 */
export async function linkedRuntime(): Promise<LinkedRuntime | undefined> {
  const runtime = await (made ??= findOrMake().catch(() => undefined));
  if (!runtime || await isFile(runtime.main)) return runtime;
  // Somebody has emptied the folder of caches.
  return await (made = findOrMake().catch(() => undefined));
}

/** Finds the file of the library in a folder of caches, or makes it there. */
export async function findOrMake(caches?: string): Promise<LinkedRuntime | undefined> {
  caches ??= await cachesFolder();
  // A comma separates two paths of a permission.
  if (!caches || /[,\p{Cc}]/u.test(caches)) return undefined;
  for (const name of ["read", "write"] as const) {
    if ((await Deno.permissions.query({ name, path: caches })).state !== "granted") return undefined;
  }
  const versions = `${caches}/labdaemon/${(await hashOf([LIBRARY.href])).slice(0, 16)}`;
  const known = await knownVersion(versions);
  if (known) return known;
  const texts = new Map<string, string>();
  await Promise.all([...FOLDERS.map((name) => readFolder(new URL(`${name}/`, LIBRARY), texts)), readErrors(texts)]);
  const { script, zod } = await linkWithZod(texts);
  const files = [...script.files.keys()].filter((path) => !zod?.texts.has(path));
  // The files of a version of a package never change.
  if (zod) files.push(zod.version);
  const folder = `${versions}/${await versionOf(files)}`;
  await writeVersion(folder, script, zod);
  await writeWhole(`${versions}/files.json`, JSON.stringify(files));
  await removeOld(versions).catch(() => {});
  return runtimeIn(folder);
}

/** The library with zod, or without it, if zod is not where it can be read, or not in the form that can be linked. */
async function linkWithZod(texts: ReadonlyMap<string, string>): Promise<{ script: LinkedScript; zod?: ZodFiles }> {
  const named = { [DRIVER]: fileURLToPath(DRIVER_MODULE) };
  const zod = await zodFiles().catch(() => undefined);
  if (zod) {
    try {
      const all = new Map([...texts, ...zod.texts]);
      return { script: await linkedScript(all, fileURLToPath(MAIN), { ...named, [ZOD]: zod.main }), zod };
    } catch {
      // A version of another form.
    }
  }
  return { script: await linkedScript(texts, fileURLToPath(MAIN), named) };
}

const DRIVER_MODULE = new URL(config.imports[DRIVER], CONFIG);

function runtimeIn(folder: string): LinkedRuntime {
  return { folder, main: `${folder}/process_main.js`, importMap: `${folder}/imports.json` };
}

/** The version that was made last, if the files have not changed since. */
async function knownVersion(versions: string): Promise<LinkedRuntime | undefined> {
  try {
    const files: string[] = JSON.parse(await Deno.readTextFile(`${versions}/files.json`));
    const runtime = runtimeIn(`${versions}/${await versionOf(files)}`);
    return await isFile(runtime.main) ? runtime : undefined;
  } catch {
    return undefined;
  }
}

/** The version of the linked file: changes with the files in it, with the files that link them, and with Deno. */
async function versionOf(files: readonly string[]): Promise<string> {
  const makers = MAKERS.map((name) => fileURLToPath(new URL(name, LIBRARY)));
  const texts = await Promise.all([...files, ...makers].map((path) => Deno.readTextFile(path)));
  return (await hashOf([Deno.version.deno, ...files, ...texts])).slice(0, 32);
}

async function hashOf(texts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(texts));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function readFolder(folder: URL, texts: Map<string, string>): Promise<void> {
  const found: Promise<void>[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(readFolder(new URL(`${name}/`, folder), texts));
    else if (name.endsWith(".ts")) found.push(readInto(texts, new URL(name, folder)));
  }
  await Promise.all(found);
}

async function readErrors(texts: Map<string, string>): Promise<void> {
  await readInto(texts, new URL("errors.ts", LIBRARY));
}

/**
 * A file as it stands in a script elsewhere. Deno reads what a literal `import()` names, and all that it imports, before a
 * program runs: the call of `String` keeps it from that.
 */
async function readInto(texts: Map<string, string>, url: URL): Promise<void> {
  const text = await Deno.readTextFile(url);
  const elsewhere = text
    .replaceAll("import.meta.url", JSON.stringify(url.href))
    .replaceAll(/\bimport\("(\.[^"]+)"\)/g, (_, name) => `import(String("${new URL(name, url)}"))`);
  texts.set(fileURLToPath(url), elsewhere);
}

/** Writes all files of a version, or none. */
async function writeVersion(folder: string, { script, files }: LinkedScript, zod?: ZodFiles): Promise<void> {
  await Deno.mkdir(dirname(folder), { recursive: true });
  const draft = await Deno.makeTempDir({ dir: dirname(folder), prefix: "draft-" });
  // Another account may have installed it than the one that runs it.
  await Deno.chmod(draft, 0o755);
  const write = (name: string, text: string) => Deno.writeTextFile(`${draft}/${name}`, text);
  const { href } = pathToFileURL(`${folder}/process_main.js`);
  const imports: Record<string, string> = {};
  for (const [name, target] of Object.entries(config.imports)) {
    imports[name] = target.startsWith("./") ? new URL(target, CONFIG).href : target;
  }
  // Imported when it is needed: once for each version of the library.
  const { compactScript } = await import("../../format/linked/compact_script.ts");
  const { constant, names } = files.get(fileURLToPath(DRIVER_MODULE))!;
  const all = Array.from(files.values(), ({ constant }) => constant).join(", ");
  const exported = `export const { ${names.join(", ")} } = ${constant};\nexport const $files = { ${all} };\n`;
  await Promise.all([
    // Without a source map: Deno would read it at each start.
    write("process_main.js", asciiScript(compactScript(script + exported))),
    ...Array.from(files, async ([path, file]) => {
      const isZod = path === zod?.main;
      if (file.names.length === 0 || zod?.texts.has(path) && !isZod) return;
      for (const name of isZod ? [ZOD, config.imports[ZOD]] : [pathToFileURL(path).href]) {
        imports[name] = new URL(`${file.constant}.js`, href).href;
      }
      await write(`${file.constant}.js`, moduleOf(file));
    }),
  ]);
  imports[DRIVER] = imports[DRIVER_MODULE.href] = href;
  await write("imports.json", JSON.stringify({ imports }));
  // Another daemon may have been faster.
  await Deno.rename(draft, folder).catch(async () => await Deno.remove(draft, { recursive: true }));
}

/** A module with the exports of a file, whose names may be words of the language, such as `null`. */
function moduleOf({ constant, names }: LinkedFile): string {
  const taken = names.map((name, n) => `${name}: $${n}`).join(", ");
  const given = names.map((name, n) => `$${n} as ${name}`).join(", ");
  return `import { $files } from "./process_main.js";\nconst { ${taken} } = $files.${constant};\nexport { ${given} };\n`;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, text);
  await Deno.rename(draft, path);
}

async function removeOld(versions: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(versions)) {
    const path = `${versions}/${name}`;
    const { mtime } = await Deno.stat(path);
    if (isDirectory && Date.now() - mtime!.getTime() > KEPT_DAYS * MS_PER_DAY) {
      await Deno.remove(path, { recursive: true });
    }
  }
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((it) => it.isFile, () => false);
}
