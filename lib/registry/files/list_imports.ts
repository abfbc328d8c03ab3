import { fileURLToPath, pathToFileURL } from "node:url";
import { CONFIG_FLAG } from "../../host/child_process.ts";
import { DEFAULT_PYTHON, pythonLister } from "../../host/python_host.ts";
import { unavailable } from "../../host/unavailable.ts";
import { LabError } from "../../errors.ts";
import { fileStamp } from "./file_access.ts";
import { fileName } from "./list_driver_files.ts";
import { plainImports } from "./plain_imports.ts";

/** Imports that change with the configuration or the lock file only: packages, and Deno itself. */
const KNOWN = /^(npm|node):/;

/** The files that hold code. */
export const CODE = /\.([cm]?[jt]sx?|py)$/;

/** The limit for listing the imports of a driver. */
const MAX_LISTING_MS = 20_000;

/** The memory for listing them. A link can lead to a file without an end. */
const MAX_LISTING_KIB = 1536 * 1024;

/** Runs its arguments within the limit of memory. The daemon runs first, also where many files have changed. */
const LISTING_SCRIPT =
  `ulimit -d ${MAX_LISTING_KIB}; command -v nice >/dev/null && exec nice -n 5 "$0" "$@"; exec "$0" "$@"`;

/** The type of the error of a file whose imports cannot be listed. */
export const IMPORTS_NOT_LISTED = "ImportsNotListed";

/** The imports of a driver file: the files of its folder, itself included, in alphabetical order; and npm packages. */
export interface Imports {
  files: string[];
  packages: string[];
  /** True if it imports files of other folders, besides this library. */
  hasOthers?: boolean;
  /** The interpreter that a driver in Python names. */
  python?: string;
}

/** The folder of this library. */
const LIBRARY = new URL("../../", import.meta.url).href;

/** The names of packages, and their targets. */
const CONFIG = new URL("../deno.json", LIBRARY);

/** The classes of Python packages that are drivers by an adapter: `pymeasure:pymeasure.instruments.keithley.Keithley2400`. */
const PACKAGE = /^(pymeasure|qcodes|python):[A-Za-z_]\w*(\.\w+)*$/;

/** True for the name of a class of a Python package, which has no driver file. */
export function isPackage(name: string): boolean {
  return PACKAGE.test(name);
}

/** True for a driver that is written in Python. */
export function isPython(file: URL): boolean {
  return file.pathname.endsWith(".py") || isPackage(`${file.protocol}${file.pathname}`);
}

/** The packages of files that import packages only, by the imported names: most drivers of a bench have the same. */
const known = new Map<string, Promise<string[] | undefined>>();

/**
 * Lists a file's imports by `deno info`, which resolves imports as the runtime does and runs nothing; of a driver in Python,
 * by a program that reads its text. Packages' own files, and files in other folders, are left out: they do not change while
 * a bench runs.
 *
 * @param text The file's text. If it imports packages only, and another file that was listed imports the same, the answer is
 * the same.
 * @throws {LabError} `DriverError` of type `PythonNotFound`, if Python is needed for that and not installed.
 */
export async function importsOf(file: URL, signal?: AbortSignal, text?: string): Promise<Imports> {
  // A driver that is data imports nothing.
  if (!CODE.test(file.pathname)) return { files: [file.href], packages: [] };
  const names = text === undefined || !/\.m?[jt]s$/.test(file.pathname) ? undefined : plainImports(text);
  if (!names) return await listImports(file, signal);
  const key = JSON.stringify([await fileStamp(CONFIG, signal), /\w+$/.exec(file.pathname)![0], names]);
  const packages = await known.get(key)?.catch(() => undefined);
  if (packages) return { files: [file.href], packages, hasOthers: false };
  const listing = listImports(file, signal);
  const found = listing.then(({ files, packages, hasOthers }) =>
    String(files) === file.href && !hasOthers ? packages : undefined
  );
  // The caller that lists them gets the failure.
  found.catch(() => {});
  known.set(key, found);
  return await listing;
}

async function listImports(file: URL, signal?: AbortSignal): Promise<Imports> {
  const limit = AbortSignal.timeout(MAX_LISTING_MS);
  const list = isPython(file)
    ? [DEFAULT_PYTHON, ...pythonLister(fileURLToPath(file))]
    : [Deno.execPath(), "info", "--json", "--no-lock", "--no-npm", "--no-remote", CONFIG_FLAG, file.href];
  const { code, stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", LISTING_SCRIPT, ...list],
    stdin: "null",
    stderr: "null",
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  }).output().catch((error) => {
    throw unavailable(error, `Cannot list the imports of ${fileName(file)}`) ?? error;
  });
  signal?.throwIfAborted();
  if (isPython(file)) {
    if (code === NOT_FOUND) throw pythonNotFound(file);
    const { files, python } = parsed<PythonImports>(stdout, file);
    return {
      files: files.map((path) => pathToFileURL(path).href),
      packages: [],
      ...python !== null && { python },
    };
  }
  const { href: folder } = new URL("./", file);
  const specifiers = parsed<Modules>(stdout, file).modules.map(({ specifier }) => specifier);
  return {
    files: [...new Set([file.href, ...specifiers.filter((it) => it.startsWith(folder))])].sort(),
    packages: specifiers.filter((it) => it.startsWith("npm:")),
    hasOthers: specifiers.some((it) => !KNOWN.test(it) && ![folder, LIBRARY].some((known) => it.startsWith(known))),
  };
}

/** The output of `deno info`. */
interface Modules {
  modules: { specifier: string }[];
}

/** The output of `list_imports.py`. */
interface PythonImports {
  files: string[];
  python: string | null;
}

/** The code of a shell that has not found a program. */
const NOT_FOUND = 127;

function pythonNotFound(file: URL): LabError {
  const name = fileName(file);
  const message = `Cannot load ${name}: it is written in Python, and ${DEFAULT_PYTHON} is not installed. ` +
    "Install it, on Debian and its likes with: apt-get install python3";
  return new LabError("DriverError", message, { type: "PythonNotFound", context: { file: name } });
}

/** @throws {LabError} `DriverError`, if the output is not complete: the program was ended at a limit. */
function parsed<T>(output: Uint8Array, file: URL): T {
  try {
    return JSON.parse(new TextDecoder().decode(output)) as T;
  } catch (cause) {
    const name = fileName(file);
    const message = `Cannot load ${name}: its imports cannot be listed within ${MAX_LISTING_MS / 1000} s and ` +
      `${MAX_LISTING_KIB / 1024} MiB; does it import a pipe, or a file without an end?`;
    throw new LabError("DriverError", message, { type: IMPORTS_NOT_LISTED, context: { file: name }, cause });
  }
}
