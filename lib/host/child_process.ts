import { resolve } from "node:path";
import { deadline } from "../async/mod.ts";
import type { Permissions } from "../wire/driver.ts";
import { RELAY_PROGRAM } from "../driver/connection/connect_serial.ts";
import { LabError } from "../errors.ts";
import { deniedNet } from "./denied_net.ts";
import { mayReachDaemon, refuseConnections } from "./driver_connections.ts";
import { hostEnvironment } from "./host_environment.ts";
import { HOST_SCRIPT, LAUNCH_SCRIPT } from "./launch_script.ts";
import { watchProcessGroup } from "./orphan_reaper.ts";
import type { LinkedRuntime } from "./linked/linked_runtime.ts";
import { PIPE_PATH, type ProcessArguments } from "./protocol/protocol.ts";
import { isInFolder, permissionFlags } from "./permissions.ts";
import type { HostProgram } from "./python_host.ts";

/** The confinement of a driver's process. */
export interface Confinement {
  /** Granted to the driver. */
  permissions: Permissions;
  /** The memory limit of the process, in bytes. */
  memoryBytes: number;
  /** A process that does not answer a ping for so many milliseconds hangs, and is killed. */
  heartbeatTimeoutMs: number;
}

/** The defaults: no permissions, 512 MiB, 10 s. */
export const DEFAULT_CONFINEMENT: Readonly<Confinement> = Object.freeze({
  permissions: {},
  memoryBytes: 512 * 1024 * 1024,
  heartbeatTimeoutMs: 10_000,
});

/** The time for a process to exit after its stdin was closed, before SIGTERM. */
const EXIT_MS = 3_000;

/** The time for a process to exit after SIGTERM, before SIGKILL. */
const TERM_MS = 1_000;

const MIB = 1024 * 1024;

/**
 * For a process of several devices: V8 then collects young objects after 4 MiB, not after 16. Fifty devices take half
 * of the memory, and the same CPU time.
 */
const YOUNG_FLAG = ",--max-semi-space-size=4";

/** The writable private mappings of an idle process, mostly its threads' stacks: 560 MB on two cores. */
const IDLE_BYTES = (1024 + 32 * navigator.hardwareConcurrency) * MIB;

/**
 * This project's `deno.json`. Its import map resolves `labdaemon/driver` and the packages in every process started
 * here.
 */
const CONFIG = new URL("../../deno.json", import.meta.url);

/**
 * For the environment of a process of this runtime: no colours, and nothing of Deno's own leaves the machine, neither its
 * telemetry, which needs no permission, nor the question for a newer version.
 */
export const RUNTIME_ENV = { NO_COLOR: "1", OTEL_DENO: "false", DENO_NO_UPDATE_CHECK: "1" };

/** The flag that names {@linkcode CONFIG}. */
export const CONFIG_FLAG = `--config=${pathOf(CONFIG)}`;

const MAIN = new URL("./runtime/process_main.ts", import.meta.url);
const LIBRARY = new URL("../", import.meta.url);

/** A driver's process in the operating system: its start with limits, and its certain end. */
export class ChildProcess {
  readonly #child: Deno.ChildProcess;
  readonly status: Promise<Deno.CommandStatus>;
  /** After the exit the pid may belong to another process. */
  #hasExited = false;
  /** Refuses the connections of the process to the daemon. */
  readonly #refusal: ReturnType<typeof refuseConnections> | undefined;

  /**
   * @param imports The files that the process may read while it imports its drivers.
   * @param runtime The library as one file, if there is one.
   * @param host Another program that keeps `docs/driver-protocol.md`. Such a program enforces its permissions itself,
   * or nothing does. It gets the granted part of the environment.
   */
  constructor(
    imports: readonly URL[],
    { permissions, memoryBytes }: Pick<Confinement, "permissions" | "memoryBytes">,
    drivers: Omit<ProcessArguments, "imports">,
    { runtime, host }: { runtime?: LinkedRuntime; host?: HostProgram } = {},
  ) {
    const { read: granted = [], env, write, run, ffi, serial = [] } = permissions;
    // Revoked after the import, except for paths that the driver itself was granted.
    const importPaths = [...[...imports, LIBRARY, CONFIG].map(pathOf), ...runtime ? [runtime.folder] : []]
      .filter((path) => !mayRead(granted, path));
    const main = runtime?.main ?? pathOf(MAIN);
    const read = granted === true ? true : [...granted, ...importPaths];
    // The process opens this path and revokes the permission before anything else.
    const writable = write === true ? true : [...write ?? [], PIPE_PATH];
    const denied = deniedNet(permissions.net);
    const program = [
      Deno.execPath(),
      "run",
      "--no-prompt",
      "--cached-only",
      "--no-remote",
      `--v8-flags=--max-old-space-size=${Math.ceil(memoryBytes / MIB)}${drivers.shared ? YOUNG_FLAG : ""}`,
      CONFIG_FLAG,
      ...runtime ? [`--import-map=${runtime.importMap}`] : [],
      // A variable that is not granted reads as unset: many packages look for settings while they are imported.
      ...env === true ? [] : ["--ignore-env"],
      ...permissionFlags({ ...permissions, read, write: writable }),
      ...denied.length > 0 ? [`--deny-net=${denied.join(",")}`] : [],
      main,
    ];
    const own = host && { permissions, sandbox: host.sandbox, denied_ports: portsOf(denied) };
    const given = JSON.stringify({ ...drivers, imports: importPaths, serial, ...own } satisfies ProcessArguments);
    // V8 limits its heap only. The kernel limits the rest, mainly buffers.
    const dataKib = Math.ceil((memoryBytes + IDLE_BYTES) / 1024);
    const files = write || run || ffi ? "unlimited" : "0";
    const library = pathOf(LIBRARY).replace(/\/$/, "");
    const relay = [pathOf(RELAY_PROGRAM), serial === true || serial.length > 0 ? JSON.stringify(serial) : ""];
    const inLimits = [String(dataKib), files];
    const launch = (folder: string) =>
      host
        ? ["-c", HOST_SCRIPT, "sh", ...inLimits, ...host.command, given]
        : ["-c", LAUNCH_SCRIPT, "sh", folder, ...inLimits, library, main, ...relay, ...program, given];
    let child: Deno.ChildProcess | undefined;
    const unwatch = watchProcessGroup((folder) => {
      child = new Deno.Command("/bin/sh", {
        args: launch(folder),
        ...host ? { env: hostEnvironment(env), clearEnv: env !== true } : { env: RUNTIME_ENV },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        // In a group of its own: Ctrl-C on the terminal reaches only the daemon, and programs that the driver starts are
        // killed together with it.
        detached: true,
      }).spawn();
      return child.pid;
    });
    this.#child = child!;
    if (host || mayReachDaemon(permissions)) this.#refusal = refuseConnections(this.pid);
    this.status = this.#follow(unwatch);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stdin() {
    return this.#child.stdin;
  }

  /** The packets from {@linkcode PROTOCOL_FD}. */
  get packets() {
    return this.#child.stdout;
  }

  /** The stdout and the stderr of the process. */
  get text() {
    return this.#child.stderr;
  }

  /** Notes that the kernel limits the ports that the process reaches, and that the daemon's port is not among them. */
  portsAreLimited(): void {
    this.#refusal?.isLimited();
  }

  /** Sends a signal to the process and to all that it has started. */
  kill(signal: Deno.Signal = "SIGKILL"): void {
    if (this.#hasExited) return;
    try {
      Deno.kill(-this.pid, signal);
    } catch {
      // It has exited already.
    }
  }

  /** Waits for the process to exit, then sends SIGTERM, then SIGKILL. Resolves when it has exited. */
  async end(): Promise<void> {
    await deadline(this.status, EXIT_MS)
      .catch(() => (this.kill("SIGTERM"), deadline(this.status, TERM_MS)))
      .catch(() => (this.kill(), this.status));
  }

  async #follow(unwatch: () => Promise<void>): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    // Kills the programs that it has left behind.
    this.kill();
    this.#hasExited = true;
    this.#refusal?.[Symbol.dispose]();
    await unwatch();
    return status;
  }
}

/** The ports of entries that have one. */
function portsOf(entries: readonly string[]): number[] {
  return [...new Set(entries.map((entry) => Number(/:(\d+)$/.exec(entry)?.[1] ?? NaN)))].filter(Number.isInteger);
}

function pathOf(url: URL): string {
  return decodeURIComponent(url.pathname);
}

/**
 * Throws if no driver of a folder can run, whatever its files contain.
 *
 * @throws {LabError} `InvalidRequest`, if the folder's path, or this library's, cannot be granted.
 */
export function assertRunnable(folder: URL): void {
  for (const path of [folder, LIBRARY].map(pathOf)) {
    try {
      permissionFlags({ read: [path] });
    } catch (cause) {
      throw new LabError(
        "InvalidRequest",
        path.includes(",")
          ? `Cannot run drivers: Deno cannot grant the path ${path}, which has a comma. ` +
            "Rename it, or start the daemon inside the folder whose name has the comma"
          : `Cannot run drivers: Deno cannot grant the path ${JSON.stringify(path)}, which has a character that is ` +
            "not printed, such as a line end. Rename it",
        { cause },
      );
    }
  }
}

function mayRead(granted: true | readonly string[], path: string): boolean {
  return granted === true || granted.some((entry) => isInFolder(resolve(path), resolve(entry)));
}
