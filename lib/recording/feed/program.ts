import { fileURLToPath } from "node:url";
import { CONFIG_FLAG, RUNTIME_ENV } from "../../host/child_process.ts";

/** The folder of this library. */
const LIBRARY = fileURLToPath(new URL("../../", import.meta.url));

/** The heap of the process, in MiB. */
const HEAP_MIB = 256;

/** The settings of a program of the recordings. */
export interface ProgramSettings {
  /** Other files that it may make. */
  files?: readonly string[];
  /** The part of the program's heap for short-lived objects, in MiB: without it, the heap grows with the traffic. */
  youngMib?: number;
}

/**
 * The command that runs a program of the recordings by this runtime. The program may reach their folder and read this
 * library, and nothing else; without a folder, nothing.
 */
export function programOf(
  main: URL,
  folder: string | null,
  args: readonly string[],
  { files = [], youngMib }: ProgramSettings = {},
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--cached-only", "--no-remote", CONFIG_FLAG],
      // Libraries that look at their environment find it empty.
      "--ignore-env",
      `--v8-flags=--max-old-space-size=${HEAP_MIB}${youngMib ? `,--max-semi-space-size=${youngMib}` : ""}`,
      ...folder === null ? [] : [
        // The program of a thread is read, not imported.
        `--allow-read=${[folder, ...files, ...LIBRARY.includes(",") ? [] : [LIBRARY]].join()}`,
        `--allow-write=${[folder, ...files].join()}`,
        "--allow-sys=statfs",
      ],
      ...[fileURLToPath(main), ...args],
    ],
    env: RUNTIME_ENV,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    // In a group of its own: Ctrl-C on the terminal reaches only the daemon, which ends the recorder when all is sent.
    detached: true,
  });
}

/** Kills a program, if it still runs. */
export function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}
