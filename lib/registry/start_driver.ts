import type { Confinement } from "../host/child_process.ts";
import { openProcess, type ProcessOptions } from "../host/driver_process.ts";
import type { Host, HostEvents } from "../host/host.ts";
import type { KeptSources } from "../host/protocol/protocol.ts";
import { linkedRuntime } from "../host/linked/linked_runtime.ts";
import { unavailable } from "../host/unavailable.ts";
import { fileName } from "./files/list_driver_files.ts";
import { pythonProgramOf, type PythonSettings } from "./python_program.ts";
import type { SourceFiles } from "./files/source_files.ts";

/** The limit for importing a driver: its SDK may be large, and the machine busy. */
const LOAD_LIMIT_MS = 30_000;

/** The files of a version, and the bench file's settings of those in Python. */
export interface LoadedFiles {
  sources: SourceFiles;
  python: PythonSettings | undefined;
}

/** The parameters of a new process. */
export interface StartDriverOptions extends Partial<LoadedFiles> {
  sources: SourceFiles;
  /** The name in messages; defaults to the file's name. */
  name?: string;
  context?: Record<string, unknown>;
  confinement?: Confinement;
  blockingMs?: number;
  /** The texts to load instead of the files, which have changed. */
  kept?: KeptSources;
  /** False if the description is known: it may then be absent. */
  describe?: false;
  signal?: AbortSignal;
}

/** Starts a process with the driver loaded. */
export async function startDriver(options: StartDriverOptions, events: HostEvents) {
  const { sources, python, name = fileName(options.sources.file), context, confinement, blockingMs, kept } = options;
  const { describe, signal } = options;
  const { file } = sources;
  const attempt = `Cannot load ${fileName(file)}${kept && !sources.isPart ? " as it was before it changed" : ""}`;
  const imports = await sources.importable();
  const program = await pythonProgramOf(sources, python, signal);
  const all = { name, context, imports, runtime: await linkedRuntime(), host: program, blockingMs, ...confinement };
  const host = startProcess(all, events, attempt);
  try {
    const description = await host.request("load", { file: file.href, kept, describe }, {
      attempt,
      limitMs: LOAD_LIMIT_MS,
      signal,
    });
    return { host, description };
  } catch (error) {
    await host.close({ force: true });
    throw error;
  }
}

/** @throws {LabError} `Unavailable`, if the machine can start no process. */
function startProcess(options: ProcessOptions, events: HostEvents, attempt: string): Host {
  try {
    return openProcess(options, events);
  } catch (error) {
    throw unavailable(error, attempt) ?? error;
  }
}
