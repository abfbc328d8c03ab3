import { CONFIG_FLAG } from "../host/child_process.ts";
import { unavailable } from "../host/unavailable.ts";
import { LabError } from "../errors.ts";
import { fileName } from "./list_driver_files.ts";

/** The files that hold code. */
export const CODE = /\.[cm]?[jt]sx?$/;

/** The limit for listing the imports of a driver. */
const MAX_LISTING_MS = 20_000;

/** The memory for listing them. A link can lead to a file without an end. */
const MAX_LISTING_KIB = 1536 * 1024;

/** Runs its arguments within the limit of memory. The daemon runs first, also where many files have changed. */
const LISTING_SCRIPT = `nice=$(command -v nice); ulimit -d ${MAX_LISTING_KIB}; exec \${nice:+$nice -n 5} "$0" "$@"`;

/** The type of the error of a file whose imports cannot be listed. */
export const IMPORTS_NOT_LISTED = "ImportsNotListed";

/** The imports of a driver file: the files of its folder, itself included, in alphabetical order; and npm packages. */
export interface Imports {
  files: string[];
  packages: string[];
}

/**
 * Lists a file's imports by `deno info`, which resolves imports as the runtime does and runs nothing. Packages' own files,
 * and files in other folders, are left out: they do not change while a bench runs.
 */
export async function importsOf(file: URL, signal?: AbortSignal): Promise<Imports> {
  // A driver that is data imports nothing.
  if (!CODE.test(file.pathname)) return { files: [file.href], packages: [] };
  const limit = AbortSignal.timeout(MAX_LISTING_MS);
  const list = ["info", "--json", "--no-lock", "--no-npm", "--no-remote", CONFIG_FLAG, file.href];
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", LISTING_SCRIPT, Deno.execPath(), ...list],
    stdin: "null",
    stderr: "null",
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  }).output().catch((error) => {
    throw unavailable(error, `Cannot list the imports of ${fileName(file)}`) ?? error;
  });
  signal?.throwIfAborted();
  const { href: folder } = new URL("./", file);
  const specifiers = modulesOf(stdout, file);
  return {
    files: [...new Set([file.href, ...specifiers.filter((it) => it.startsWith(folder))])].sort(),
    packages: specifiers.filter((it) => it.startsWith("npm:")),
  };
}

/** @throws {LabError} `DriverError`, if the output is not complete: the program was ended at a limit. */
function modulesOf(output: Uint8Array, file: URL): string[] {
  try {
    const { modules } = JSON.parse(new TextDecoder().decode(output)) as { modules: { specifier: string }[] };
    return modules.map(({ specifier }) => specifier);
  } catch (cause) {
    const name = fileName(file);
    const message = `Cannot load ${name}: its imports cannot be listed within ${MAX_LISTING_MS / 1000} s and ` +
      `${MAX_LISTING_KIB / 1024} MiB; does it import a pipe, or a file without an end?`;
    throw new LabError("DriverError", message, { type: IMPORTS_NOT_LISTED, context: { file: name }, cause });
  }
}
