import { join, resolve } from "node:path";
import { LabError } from "../errors.ts";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DEFAULT_PYTHON, type HostProgram, pythonHost } from "../host/python_host.ts";
import { accessFile } from "./files/file_access.ts";
import { fileName } from "./files/list_driver_files.ts";
import type { SourceFiles } from "./files/source_files.ts";

/** The bench file's settings of one driver in Python. */
export interface PythonSetting {
  /** The path of an interpreter or of its environment, or a name of an interpreter. */
  interpreter?: string;
  /** False for a driver that is not limited to its permissions. */
  sandbox?: boolean;
}

/**
 * The bench file's settings of drivers in Python.
 *
 * @example
 * ```ts
 * import type { PythonSettings } from "labdaemon";
 *
 * const python: PythonSettings = { drivers: { "keithley.py": { interpreter: "/lab/envs/keithley" } } };
 * console.assert(python.strict === undefined);
 * ```
 */
export interface PythonSettings {
  /** True if a driver that cannot be limited to its permissions does not run, unless its `sandbox` is false. */
  strict?: boolean;
  /**
   * The settings by the names of driver files, or of classes of libraries with their packages; `*` for all others.
   * Paths are absolute.
   */
  drivers?: Readonly<Record<string, PythonSetting>>;
}

/**
 * The program that runs a driver in Python; `undefined` for any other.
 *
 * @throws {LabError} as {@linkcode findInterpreter} does.
 */
export async function pythonProgramOf(
  sources: Pick<SourceFiles, "isPython" | "file" | "python">,
  { strict = false, drivers = {} }: PythonSettings = {},
  signal?: AbortSignal,
): Promise<HostProgram | undefined> {
  if (!sources.isPython) return undefined;
  const { file } = sources;
  // A class of a package is named as a whole.
  const name = file.protocol === "file:" ? fileName(file) : `${file.protocol}${file.pathname}`;
  const own = Object.hasOwn(drivers, name) ? drivers[name] : {};
  const all = Object.hasOwn(drivers, "*") ? drivers["*"] : {};
  const asked = own.interpreter ?? sources.python ?? all.interpreter ?? DEFAULT_PYTHON;
  const isLimited = own.sandbox ?? all.sandbox ?? true;
  const interpreter = await findInterpreter(sources.file, asked, signal);
  return await pythonHost(interpreter, isLimited ? strict ? "strict" : "on" : "off");
}

/** A name that is looked up in `PATH`. */
const NAME = /^python[\d.]*$/;

/** The interpreter of a virtual environment. */
const IN_ENVIRONMENT = "bin/python";

/**
 * The interpreter of a driver file: a path of it or of its environment (venv, uv, conda), relative to the file, or a name
 * that is looked up in `PATH`.
 *
 * @throws {LabError} `DriverError` of type `PythonNotFound`, with the command that would make the environment.
 */
async function findInterpreter(file: URL, asked: string, signal?: AbortSignal): Promise<string> {
  const name = fileName(file);
  if (NAME.test(asked)) return asked;
  const path = resolve(file.protocol === "file:" ? fileURLToPath(new URL(".", file)) : "/", asked);
  const kind = await kindOf(path, signal);
  if (kind === "file") return path;
  if (kind === "folder") {
    const inside = join(path, IN_ENVIRONMENT);
    if (await kindOf(inside, signal) === "file") return inside;
  }
  const problem = kind === "folder" ? `has no ${IN_ENVIRONMENT}` : "does not exist";
  const folder = asked.endsWith(`/${IN_ENVIRONMENT}`) ? path.slice(0, -IN_ENVIRONMENT.length - 1) : path;
  throw new LabError(
    "DriverError",
    `Cannot load ${name}: its Python environment ${asked} ${problem}. Make it with: python3 -m venv ${folder}`,
    { type: "PythonNotFound", context: { file: name, python: asked } },
  );
}

async function kindOf(path: string, signal?: AbortSignal): Promise<"file" | "folder" | undefined> {
  const url = pathToFileURL(path);
  const found = await accessFile(url, () => Deno.stat(url), signal).catch((error) => {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  });
  return found && (found.isDirectory ? "folder" : "file");
}
