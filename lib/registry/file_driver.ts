import { Notifier } from "../async/mod.ts";
import type { DriverDescription } from "../wire/driver.ts";
import type { KeptSources } from "../host/protocol.ts";
import type { Confinement } from "../host/child_process.ts";
import type { DriverSources } from "./driver_sources.ts";
import { type Host, type HostEvents, IGNORE_EVENTS } from "../host/host.ts";
import { ProcessHost } from "../host/process_host.ts";
import type { DriverSource } from "./driver_source.ts";
import { fileName } from "./list_driver_files.ts";

/** How long a process that has answered questions about a driver waits for the next question. */
const LINGER_MS = 5_000;

/** Importing a driver may take that long: its SDK may be large, and the machine busy. */
const LOAD_MS = 30_000;

/**
 * One version of a driver file. Its code never runs in this process: a process without any permissions answers for its
 * schemas, and each device gets one of its own. All of them run this version, also when the file has changed since.
 */
export class FileDriver implements DriverSource {
  readonly file: URL;
  readonly sources: DriverSources;
  readonly description: DriverDescription;
  #inspector: Promise<Host> | undefined;
  #users = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  /** Rings when a question is answered. */
  readonly #notifier = new Notifier();

  private constructor(file: URL, sources: DriverSources, description: DriverDescription, inspector: Host) {
    this.file = file;
    this.sources = sources;
    this.description = description;
    this.#keep(Promise.resolve(inspector));
    this.#linger();
  }

  /**
   * Loads the file in a process of its own, to see what it is.
   *
   * @param sources What the file was made of a moment ago.
   * @throws {LabError} `DriverError`, if it is not a driver that can be loaded.
   */
  static async load(file: URL, sources: DriverSources, signal?: AbortSignal): Promise<FileDriver> {
    const { host, description } = await start({ file, signal }, IGNORE_EVENTS);
    return new FileDriver(file, sources, description, host);
  }

  checkParams(params: unknown, attempt: string) {
    return this.#inspect((host) => host.request("check_params", { params, attempt }, { attempt }));
  }

  checkOptions(options: unknown, attempt: string) {
    return this.#inspect((host) => host.request("check_options", { options, attempt }, { attempt }));
  }

  open(deviceId: string, confinement: Confinement, events: HostEvents, signal?: AbortSignal): Promise<Host> {
    const context = { device_id: deviceId };
    return this.#start(events, { name: `"${deviceId}"`, context, confinement, signal });
  }

  /** Lets go of its process, when all questions are answered. Devices keep theirs. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#users > 0) await this.#notifier.next();
    await this.#dismiss();
  }

  async #inspect<T>(question: (host: Host) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#users++;
    try {
      if (!this.#inspector) this.#keep(this.#start(IGNORE_EVENTS));
      return await question(await this.#inspector!);
    } finally {
      this.#users--;
      this.#notifier.notify();
      if (this.#closed && this.#users === 0) await this.#dismiss();
      else this.#linger();
    }
  }

  /** A process with this version loaded. */
  async #start(events: HostEvents, what: Omit<StartOptions, "file" | "kept"> = {}): Promise<Host> {
    const { file, sources } = this;
    if (await sources.isCurrent()) {
      try {
        const { host } = await start({ ...what, file }, events);
        if (await sources.isCurrent()) return host;
        await host.close();
      } catch (error) {
        if (await sources.isCurrent()) throw error;
      }
    }
    return (await start({ ...what, file, kept: sources.kept }, events)).host;
  }

  /** Keeps an inspector for as long as it lives. */
  #keep(inspector: Promise<Host>): void {
    this.#inspector = inspector;
    const forget = () => {
      if (this.#inspector === inspector) this.#inspector = undefined;
    };
    inspector.then((host) => host.closed).then(forget, forget);
  }

  #linger(): void {
    if (this.#users > 0 || !this.#inspector) return;
    this.#idle = setTimeout(() => this.#dismiss(), LINGER_MS);
  }

  async #dismiss(): Promise<void> {
    clearTimeout(this.#idle);
    const inspector = this.#inspector;
    this.#inspector = undefined;
    await (await inspector?.catch(() => undefined))?.close();
  }
}

/** What to start a process with. */
interface StartOptions {
  file: URL;
  /** Whose it is; else the file's. */
  name?: string;
  context?: Record<string, unknown>;
  confinement?: Confinement;
  /** What to load, when the file has changed. */
  kept?: KeptSources;
  signal?: AbortSignal;
}

/** A process with the driver loaded. */
async function start(
  { file, name = fileName(file), context, confinement, kept, signal }: StartOptions,
  events: HostEvents,
) {
  const host = new ProcessHost({ name, context, folder: new URL("./", file), ...confinement }, events);
  try {
    const attempt = `Cannot load ${fileName(file)}${kept ? " as it was before it changed" : ""}`;
    const description = await host.request("load", { file: file.href, kept }, { attempt, limit: LOAD_MS, signal });
    return { host, description };
  } catch (error) {
    await host.close({ force: true });
    throw error;
  }
}
