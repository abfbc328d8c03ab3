import { resolve } from "node:path";
import { deadline } from "../async/mod.ts";
import type { Permissions } from "../wire/driver.ts";
import { grantPermissions, permissionFlags } from "./permissions.ts";
import { PROTOCOL_FD } from "./protocol.ts";
import { watchProcessGroup } from "./orphan_reaper.ts";

/** The confinement of a driver's process. */
export interface Confinement {
  /** Granted to the driver. */
  permissions: Permissions;
  /** Its memory limit, in bytes. */
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

/** The niceness of driver processes: with more drivers than cores the daemon runs first, as all of them depend on it. */
const NICE = 5;

/** Finds the system's `nice`, whatever the daemon's PATH is. Without one, the process runs at normal priority. */
const FIND_NICE = "nice=$(command -pv nice 2>/dev/null)";

/** A proxy of the environment does not reach this machine: drivers connect to it directly. */
const NO_PROXY = 'NO_PROXY="127.0.0.1,127.0.0.0/8,localhost,::1,${no_proxy:-$NO_PROXY}"; no_proxy=$NO_PROXY; ' +
  "export NO_PROXY no_proxy";

/** Gives packets a file descriptor of their own, so that any library or program may write to stdout. */
const REDIRECTION = `${PROTOCOL_FD}>&1 1>&2`;

const MIB = 1024 * 1024;

/** The writable private mappings of an idle process, mostly its threads' stacks: 560 MB on two cores. */
const IDLE_BYTES = (1024 + 32 * navigator.hardwareConcurrency) * MIB;

/**
 * This project's `deno.json`. Its import map resolves `labdaemon/driver` and the packages in every process started
 * here.
 */
const CONFIG = new URL("../../deno.json", import.meta.url);

/** The flag that names {@linkcode CONFIG}. */
export const CONFIG_FLAG = `--config=${decodeURIComponent(CONFIG.pathname)}`;

const MAIN = new URL("./runtime/process_main.ts", import.meta.url);
const LIBRARY = new URL("../", import.meta.url);

/** The operating system's view of a driver's process: starts it with its limits, and ends it for certain. */
export class ChildProcess {
  readonly #child: Deno.ChildProcess;
  readonly status: Promise<Deno.CommandStatus>;
  /** After the exit the pid may belong to another process. */
  #hasExited = false;

  /** @param folder The folder of the driver's file, readable while it is imported. */
  constructor(folder: URL, { permissions, memoryBytes }: Pick<Confinement, "permissions" | "memoryBytes">) {
    const { read: granted = [] } = permissions;
    // Readable for the import only. What the driver was granted itself is not revoked after it.
    const importPaths = [folder, LIBRARY, CONFIG].map((url) => decodeURIComponent(url.pathname))
      .filter((path) => !mayRead(granted, path));
    const read = granted === true ? true : [...granted, ...importPaths];
    const program = [
      Deno.execPath(),
      "run",
      "--no-prompt",
      "--cached-only",
      "--no-remote",
      `--v8-flags=--max-old-space-size=${Math.ceil(memoryBytes / MIB)}`,
      CONFIG_FLAG,
      ...permissionFlags({ ...permissions, read }),
      MAIN.href,
      JSON.stringify(importPaths),
    ];
    // V8 limits its heap only. The kernel limits the rest, mainly buffers.
    const limit = Math.ceil((memoryBytes + IDLE_BYTES) / 1024);
    this.#child = new Deno.Command("/bin/sh", {
      args: [
        "-c",
        `ulimit -d ${limit}; ${NO_PROXY}; ${FIND_NICE}; exec \${nice:+"$nice" -n ${NICE}} "$0" "$@" ${REDIRECTION}`,
        ...program,
      ],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // In a group of its own: Ctrl-C on the terminal reaches only the daemon, and programs that the driver starts are killed
      // together with it.
      detached: true,
    }).spawn();
    try {
      this.status = this.#follow(watchProcessGroup(this.pid));
    } catch (error) {
      this.kill();
      throw error;
    }
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

  /** Its stdout and its stderr. */
  get text() {
    return this.#child.stderr;
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
    await unwatch();
    return status;
  }
}

function mayRead(granted: true | readonly string[], path: string): boolean {
  if (granted === true) return true;
  const { read } = grantPermissions({ read: [path] }, { only: { read: granted.map((entry) => resolve(entry)) } });
  return read === true || read?.includes(path) === true;
}
