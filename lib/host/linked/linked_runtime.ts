/**
 * The part of the library that a driver's process needs, as one file in Deno's folder of caches. A process then reads a
 * hundred files less at its start, which saves a third of its CPU time and a fifth of its memory. The file is made when
 * the first process starts after the library's files have changed.
 *
 * An import map leads all other names of these modules to this file: `labdaemon/driver`, and the URLs of the library's
 * files, by which modules outside of it import them. So each module exists once in a process.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { cachesFolder } from "./caches_folder.ts";

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

/** The files that make it. */
const MAKERS = [
  "format/linked/ascii_script.ts",
  "format/linked/compact_script.ts",
  "format/linked/linked_script.ts",
  "host/linked/linked_runtime.ts",
  "host/linked/make_version.ts",
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
  // The folder of caches was emptied.
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
  const { linkLibrary, writeVersion } = await import("./make_version.ts");
  const { script, zod } = await linkLibrary();
  const files = [...script.files.keys()].filter((path) => !zod?.texts.has(path));
  // The files of a version of a package never change.
  if (zod) files.push(zod.version);
  const folder = `${versions}/${await versionOf(files)}`;
  await writeVersion(folder, script, zod);
  await writeWhole(`${versions}/files.json`, JSON.stringify(files));
  await removeOld(versions).catch(() => {});
  return runtimeIn(folder);
}

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
