import { TextLineStream } from "./load/lines.ts";
import type { Machine } from "./machine.ts";

/** Which side of the measurement a process stands on: the two have a core each where the machine can do it. */
export type Side = "server" | "load";

const CORE: Record<Side, string> = { server: "0", load: "1" };

/** A process of the benchmark. */
export interface Program {
  child: Deno.ChildProcess;
  /** The lines of its output. They must be read, or it blocks. */
  lines: ReadableStream<string>;
  /** The end of its stderr, for the error message. */
  lastWords: string[];
}

const MAX_WORDS = 20;

/**
 * Starts `deno` on its side, with as many open files as the system gives to anyone.
 *
 * The shell and `taskset` replace themselves: the process that is measured is Deno's own.
 */
export function launch(machine: Machine, side: Side, args: string[], cwd?: string): Program {
  const pin = machine.canPin ? ["taskset", "-c", CORE[side]] : [];
  const child = new Deno.Command("sh", {
    args: ["-c", `ulimit -n ${machine.openFiles}; exec "$@"`, "sh", ...pin, Deno.execPath(), ...args],
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const lastWords: string[] = [];
  remember(child.stderr.pipeThrough(new TextLineStream()), lastWords);
  return { child, lines: child.stdout.pipeThrough(new TextLineStream()), lastWords };
}

async function remember(lines: ReadableStream<string>, words: string[]): Promise<void> {
  for await (const line of lines) {
    words.push(line);
    if (words.length > MAX_WORDS) words.shift();
  }
}

/** The cores of the sides. */
const SIDES = Object.keys(CORE).length;

/**
 * Gives drivers the cores that neither side has; on a machine of two, any core: they inherit the daemon's one, and would be
 * measured in its way.
 */
export async function unpin({ canPin, cores }: Machine, pids: number[]): Promise<void> {
  if (!canPin || !pids.length) return;
  const script = `for pid in "$@"; do taskset -apc ${cores > SIDES ? SIDES : 0}-${cores - 1} "$pid"; done`;
  await new Deno.Command("sh", { args: ["-c", script, "sh", ...pids.map(String)], stdout: "null", stderr: "null" })
    .output();
}

/** Asks a process to end, waits, and makes it. */
export async function end(child: Deno.ChildProcess, limit = 10_000): Promise<void> {
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended by itself.
    }
  };
  kill("SIGTERM");
  const timer = setTimeout(() => kill("SIGKILL"), limit);
  await child.stdin.close().catch(() => {});
  await child.status;
  clearTimeout(timer);
}
