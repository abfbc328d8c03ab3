import { resolve } from "node:path";
import { deadline } from "../async/mod.ts";
import { grantPermissions, permissionFlags, type Permissions } from "../driver/permissions.ts";
import { CONFIG, CONFIG_FLAG } from "./deno_config.ts";
import { PROTOCOL_FD } from "./protocol.ts";
import { entrust } from "./orphan_reaper.ts";

/** What confines a driver's process. */
export interface Confinement {
  /** What the driver may touch. */
  permissions: Permissions;
  /** How much memory it may take, in bytes. */
  memory: number;
  /** How long it may leave a question unanswered, in milliseconds, before it is taken to hang. */
  heartbeatTimeoutMs: number;
}

/** What confines a driver's process when nobody has said anything: no permissions, 512 MiB, 10 s. */
export const DEFAULT_CONFINEMENT: Readonly<Confinement> = Object.freeze({
  permissions: {},
  memory: 512 * 1024 * 1024,
  heartbeatTimeoutMs: 10_000,
});

/** How long each step of ending takes at most, before the next: asking, SIGTERM, and last SIGKILL. */
const ASK_MS = 3_000;
const TERM_MS = 1_000;

/** Where there are more drivers than cores, the daemon comes first: it is one, and all wait for it. */
const NICE = 5;

/** Where the system has it, whatever the daemon's PATH says; a system that has none goes without. */
const FIND_NICE = "nice=$(command -pv nice 2>/dev/null)";

/** Packets go their own way: whoever writes to stdout, be it a library or a program that the driver starts, says a line. */
const APART = `${PROTOCOL_FD}>&1 1>&2`;

const MIB = 1024 * 1024;

/** What an idle process has in writable private mappings, by and large its threads' stacks: 560 MB on two cores. */
const IDLE_DATA = (1024 + 32 * navigator.hardwareConcurrency) * MIB;

const MAIN = new URL("./runtime/process_main.ts", import.meta.url);
const LIBRARY = new URL("../", import.meta.url);

/** The operating system's side of a driver's process: how it starts, and how it certainly ends. */
export class ChildProcess {
  readonly #child: Deno.ChildProcess;
  readonly status: Promise<Deno.CommandStatus>;
  /** Then its number may be another's. */
  #isGone = false;

  /** @param folder The folder of the driver's file, readable while it is imported. */
  constructor(folder: URL, { permissions, memory }: Pick<Confinement, "permissions" | "memory">) {
    const { read: granted = [] } = permissions;
    // What the driver may read in any case is not taken from it again.
    const wayIn = [folder, LIBRARY, CONFIG].map((url) => decodeURIComponent(url.pathname))
      .filter((path) => !mayRead(granted, path));
    const read = granted === true ? true : [...granted, ...wayIn];
    const program = [
      Deno.execPath(),
      "run",
      "--no-prompt",
      "--cached-only",
      "--no-remote",
      `--v8-flags=--max-old-space-size=${Math.ceil(memory / MIB)}`,
      CONFIG_FLAG,
      ...permissionFlags({ ...permissions, read }),
      MAIN.href,
      JSON.stringify(wayIn),
    ];
    // V8 bounds its heap only. What is beyond it, buffers above all, the kernel bounds.
    const limit = Math.ceil((memory + IDLE_DATA) / 1024);
    this.#child = new Deno.Command("/bin/sh", {
      args: [
        "-c",
        `ulimit -d ${limit}; ${FIND_NICE}; exec \${nice:+"$nice" -n ${NICE}} "$0" "$@" ${APART}`,
        ...program,
      ],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // A group of its own: Ctrl-C on the terminal is for the daemon, and what the driver starts ends with it.
      detached: true,
    }).spawn();
    try {
      this.status = this.#follow(entrust(this.pid));
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

  /** What comes by {@linkcode PROTOCOL_FD}. */
  get packets() {
    return this.#child.stdout;
  }

  /** What is written to its stdout and its stderr. */
  get text() {
    return this.#child.stderr;
  }

  /** Kills it and all that it has started. */
  kill(signal: Deno.Signal = "SIGKILL"): void {
    if (this.#isGone) return;
    try {
      Deno.kill(-this.pid, signal);
    } catch {
      // It is gone already, which is what was wanted.
    }
  }

  /** Waits for it to end by itself, then makes it end, then kills it. */
  async end(): Promise<void> {
    await deadline(this.status, ASK_MS)
      .catch(() => (this.kill("SIGTERM"), deadline(this.status, TERM_MS)))
      .catch(() => (this.kill(), this.status));
  }

  async #follow(gone: () => Promise<void>): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    // What it has left behind.
    this.kill();
    this.#isGone = true;
    await gone();
    return status;
  }
}

function mayRead(granted: true | readonly string[], path: string): boolean {
  if (granted === true) return true;
  const { read } = grantPermissions({ read: [path] }, { only: { read: granted.map((entry) => resolve(entry)) } });
  return read === true || read?.includes(path) === true;
}
