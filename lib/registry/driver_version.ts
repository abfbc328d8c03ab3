import { Notifier } from "../async/mod.ts";
import { DRIVER_NAME } from "../driver/define_driver.ts";
import { LabError, messageOf, shortened } from "../errors.ts";
import { permissionFlags } from "../host/permissions.ts";
import type { DriverDescription } from "../wire/driver.ts";
import type { Confinement } from "../host/child_process.ts";
import type { SourceFiles } from "./files/source_files.ts";
import { type Host, type HostEvents, IGNORE_EVENTS } from "../host/host.ts";
import type { DescriptionCache } from "./description_cache.ts";
import type { DriverSource, ShareableDriver } from "./driver_source.ts";
import type { KeptChecks } from "./kept_checks.ts";
import { fileName } from "./files/list_driver_files.ts";
import { pythonProgramOf, type PythonSettings } from "./python_program.ts";
import { type LoadedFiles, startDriver, type StartDriverOptions } from "./start_driver.ts";

/** The idle time after which the process that checks input ends. */
const IDLE_MS = 5_000;

let versions = 0;

/** The settings that the versions of one bench share. */
export interface VersionSettings {
  /** The bench file's settings of drivers in Python. */
  python?: PythonSettings;
  /** The descriptions of versions that were loaded before. */
  descriptions?: DescriptionCache;
}

/**
 * One version of a driver file. Its code never runs in this process: an inspector, which is a process without any
 * permission, checks params and options, and each device has a process of its own. All of them run this version, also
 * after the file has changed.
 */
export class DriverVersion implements DriverSource {
  readonly file: URL;
  readonly sources: SourceFiles;
  /** Counts the versions that this process has loaded. */
  readonly version = ++versions;
  readonly description: DriverDescription;
  /** The limits of the version's processes, as `GET /drivers` names them. */
  readonly sandbox: string;
  readonly checks: KeptChecks | undefined;
  readonly #python: PythonSettings | undefined;
  #inspector: Promise<Host> | undefined;
  #pending = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  /** Resolves when all inspectors that were to end have ended, also those that were idle. */
  #ended: Promise<unknown> = Promise.resolve();
  /** Notifies when the inspector has answered. */
  readonly #notifier = new Notifier();

  private constructor(
    file: URL,
    { sources, python, checks }: LoadedFiles & { checks: KeptChecks | undefined },
    description: DriverDescription,
    inspector?: Host,
  ) {
    this.file = file;
    this.sources = sources;
    this.checks = checks;
    this.description = description;
    this.#python = python;
    this.sandbox = inspector?.sandbox ?? "deno";
    if (!inspector) return;
    this.#setInspector(Promise.resolve(inspector));
    this.#endInspectorWhenIdle();
  }

  /**
   * Loads the file in a process of its own, unless its description is known.
   *
   * @param sources The version that the file has now.
   * @throws {LabError} `DriverError`, if it is not a driver that can be loaded.
   */
  static async load(
    file: URL,
    sources: SourceFiles,
    signal?: AbortSignal,
    { python, descriptions }: VersionSettings = {},
  ): Promise<DriverVersion> {
    const known = await descriptions?.find(sources);
    if (known && !problemOf(known)) {
      return new DriverVersion(file, { sources, python, checks: await descriptions?.checksOf(sources) }, known);
    }
    const kept = sources.isPart ? sources.kept : undefined;
    const { host, description } = await startDriver({ sources, python, kept, signal }, IGNORE_EVENTS);
    const problem = description ? problemOf(description) : "its process does not describe it";
    if (description && !problem) {
      await descriptions?.add(sources, description);
      const checks = await descriptions?.checksOf(sources);
      return new DriverVersion(file, { sources, python, checks }, description, host);
    }
    await host.close({ force: true });
    const message = `Cannot load ${fileName(file)}: ${problem}`;
    throw new LabError("DriverError", message, { type: "DriverLoadError", context: { file: fileName(file) } });
  }

  get fileVersion() {
    return { file: fileName(this.file), hash: this.sources.hash };
  }

  get shareable(): ShareableDriver {
    const { sources } = this;
    const file = sources.file.href;
    if (sources.isText) {
      const load = () => Promise.resolve({ file, kept: sources.kept });
      return { file, isText: true, imports: () => Promise.resolve([]), load, isLoaded: () => Promise.resolve(true) };
    }
    const isCurrent = () => sources.isCurrent().catch(() => false);
    return {
      file,
      isText: false,
      program: () => pythonProgramOf(sources, this.#python),
      blockingMs: blockingMs(this.description),
      imports: () => sources.importable(),
      load: async () => ({ file, ...!await isCurrent() && { kept: sources.kept } }),
      isLoaded: async ({ kept }) => kept !== undefined || await isCurrent(),
    };
  }

  checkParams(params: unknown, attempt: string) {
    return this.#inspect((host) => host.request("check_params", { params, attempt }, { attempt }));
  }

  checkOptions(options: unknown, attempt: string) {
    return this.#inspect((host) => host.request("check_options", { options, attempt }, { attempt }));
  }

  open(deviceId: string, confinement: Confinement, events: HostEvents, signal?: AbortSignal): Promise<Host> {
    const context = { device_id: deviceId };
    const blocking = blockingMs(this.description);
    return this.#start(events, { name: `"${deviceId}"`, context, confinement, blockingMs: blocking, signal });
  }

  /** Ends the inspector as soon as it has answered all requests. The processes of devices stay. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#pending > 0) await this.#notifier.next();
    await this.#endInspector();
  }

  async #inspect<T>(request: (host: Host) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#pending++;
    try {
      if (!this.#inspector) this.#setInspector(this.#start(IGNORE_EVENTS));
      return await request(await this.#inspector!);
    } finally {
      this.#pending--;
      this.#notifier.notify();
      if (this.#closed && this.#pending === 0) await this.#endInspector();
      else this.#endInspectorWhenIdle();
    }
  }

  /** Starts a process with this version loaded. */
  async #start(
    events: HostEvents,
    options: Omit<StartDriverOptions, "sources" | "python" | "kept" | "describe"> = {},
  ): Promise<Host> {
    const { sources } = this;
    const all = { ...options, sources, python: this.#python, describe: false as const };
    // A folder that does not answer does not stop a device either.
    const isCurrent = () => sources.isCurrent(options.signal).catch(() => false);
    if (await isCurrent()) {
      try {
        const { host } = await startDriver(all, events);
        if (await isCurrent()) return host;
        await host.close();
      } catch (error) {
        if (await isCurrent()) throw error;
      }
    }
    await sources.assertOpens(options.signal);
    return (await startDriver({ ...all, kept: sources.kept }, events)).host;
  }

  /** Uses a host as the inspector until it closes. */
  #setInspector(inspector: Promise<Host>): void {
    this.#inspector = inspector;
    const clear = () => {
      if (this.#inspector === inspector) this.#inspector = undefined;
    };
    inspector.then((host) => host.closed).then(clear, clear);
  }

  #endInspectorWhenIdle(): void {
    if (this.#pending > 0 || !this.#inspector) return;
    this.#idle = setTimeout(() => this.#endInspector(), IDLE_MS);
  }

  #endInspector(): Promise<unknown> {
    clearTimeout(this.#idle);
    const inspector = this.#inspector;
    this.#inspector = undefined;
    const end = async () => await (await inspector?.catch(() => undefined))?.close();
    return this.#ended = Promise.all([this.#ended, end()]);
  }
}

/** The fault of a description. The driver's process made it, so none of its content is certain. */
function problemOf({ name, permissions }: DriverDescription): string | undefined {
  if (typeof name !== "string" || !DRIVER_NAME.test(name)) {
    return `its name must start with a letter and hold letters, digits and _ only, found ${shortened(String(name))}`;
  }
  try {
    if (permissions) permissionFlags(permissions);
  } catch (error) {
    return messageOf(error);
  }
}

/** The time for which a driver may block its process, in milliseconds. */
function blockingMs({ blocking }: DriverDescription): number | undefined {
  return blocking === undefined ? undefined : blocking * 1000;
}
