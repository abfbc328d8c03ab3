import type { DriverDescription } from "../driver/describe.ts";
import type { Confinement } from "../host/child_process.ts";
import type { Host, HostEvents } from "../host/host.ts";
import { ProcessHost } from "../host/process_host.ts";
import type { DriverSource } from "./driver_source.ts";

/** How long a process that has answered questions about a driver waits for the next question. */
const LINGER_MS = 5_000;

/** Importing a driver may take that long: its SDK may be large, and the machine busy. */
const LOAD_MS = 30_000;

const SILENT: HostEvents = { block: () => {}, lost: () => {}, ended: () => {}, print: () => {} };

/**
 * A driver file. Its code never runs in this process: a process without any permissions answers for its schemas, and each
 * device gets one of its own.
 */
export class FileDriver implements DriverSource {
  readonly file: URL;
  readonly description: DriverDescription;
  #inspector: Promise<Host> | undefined;
  #users = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  private constructor(file: URL, description: DriverDescription, inspector: Host) {
    this.file = file;
    this.description = description;
    this.#keep(Promise.resolve(inspector));
    this.#linger();
  }

  /**
   * Loads the file in a process of its own, to see what it is.
   *
   * @throws {LabError} `DriverError`, if it is not a driver that can be loaded.
   */
  static async load(file: URL): Promise<FileDriver> {
    const { host, description } = await start(file, fileName(file), SILENT);
    return new FileDriver(file, description, host);
  }

  checkParams(params: unknown, attempt: string) {
    return this.#inspect((host) => host.request("check_params", { params, attempt }, { attempt }));
  }

  checkOptions(options: unknown, attempt: string) {
    return this.#inspect((host) => host.request("check_options", { options, attempt }, { attempt }));
  }

  async open(deviceId: string, confinement: Confinement, events: HostEvents): Promise<Host> {
    return (await start(this.file, `"${deviceId}"`, events, confinement)).host;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const inspector = this.#inspector;
    this.#inspector = undefined;
    await (await inspector?.catch(() => undefined))?.close();
  }

  async #inspect<T>(question: (host: Host) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#users++;
    try {
      if (!this.#inspector) this.#keep(start(this.file, fileName(this.file), SILENT).then(({ host }) => host));
      return await question(await this.#inspector!);
    } finally {
      this.#users--;
      this.#linger();
    }
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
    this.#idle = setTimeout(() => this.close(), LINGER_MS);
  }
}

function fileName(file: URL): string {
  return decodeURIComponent(file.pathname.slice(file.pathname.lastIndexOf("/") + 1));
}

/** A process with the driver loaded. */
async function start(file: URL, name: string, events: HostEvents, confinement: Partial<Confinement> = {}) {
  const host = new ProcessHost({ name, folder: new URL("./", file), ...confinement }, events);
  try {
    const attempt = `Cannot load ${fileName(file)}`;
    const description = await host.request("load", { file: file.href }, { attempt, limit: LOAD_MS });
    return { host, description };
  } catch (error) {
    await host.close();
    throw error;
  }
}
