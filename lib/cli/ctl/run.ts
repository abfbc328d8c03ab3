import { abortable } from "../../async/abortable.ts";
import { deadline } from "../../async/deadline.ts";
import { type Fetch, ServerAPI, SSEClient } from "../../client/mod.ts";
import { parseDuration } from "../../format/duration.ts";
import { LabError, messageOf, printable } from "../../errors.ts";
import type { Ctl, Given } from "./command.ts";
import { type CommandLine, GLOBAL_OPTIONS, readCommandLine } from "./command_line.ts";
import { COMMANDS } from "./commands/mod.ts";
import { failureOf } from "./failure.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { Outlet, type Sink } from "./outlet.ts";
import { paintWith } from "./paint.ts";

/** What is around the program. */
export interface Terminal {
  stdout: Sink;
  stderr: Sink;
  env(name: string): string | undefined;
  /** Aborts when the person has had enough. */
  signal: AbortSignal;
  fetch?: Fetch;
}

/** Whoever has had enough does not wait for a pipe that nobody reads. */
const GOODBYE_MS = 500;

/** Somebody sits there and waits: a daemon that is back is found within this. */
const LONGEST_RETRY_MS = 5_000;

/** Runs a command line to its end. Returns the exit code; never throws. */
export async function run(args: string[], terminal: Terminal): Promise<number> {
  const out = new Outlet(terminal.stdout);
  const err = new Outlet(terminal.stderr);
  let ctl: Ctl | undefined;
  let code = 0;
  try {
    const { command, given } = readCommandLine(args, COMMANDS);
    if (given.has("help")) await out.print(helpFor(command));
    else if (!command) throw new LabError("InvalidRequest", helpFor(command));
    else {
      ctl = setUp(given, terminal, out, err);
      await command.run(given, ctl);
    }
  } catch (thrown) {
    if (!terminal.signal.aborted && !out.closed.aborted) {
      const failure = await failureOf(thrown, ctl);
      code = failure.code;
      for (const line of failure.lines.flatMap((text) => text.split("\n"))) await err.print(printable(line));
    }
  }
  const written = Promise.all([out.flush(), err.flush()]);
  await (terminal.signal.aborted ? deadline(written, GOODBYE_MS).catch(() => {}) : written);
  if (terminal.signal.aborted) return 130;
  const { aborted, reason } = out.closed;
  // A reader that has left, such as head, has what it wanted.
  if (!aborted || reason.name === "BrokenPipe") return code;
  await err.print(`Cannot write to standard output: ${messageOf(reason)}`);
  await err.flush();
  return 1;
}

function helpFor(command: CommandLine["command"]): string {
  return command ? commandHelp(command, GLOBAL_OPTIONS) : generalHelp(COMMANDS, GLOBAL_OPTIONS);
}

function setUp(given: Given, { env, signal, fetch = globalThis.fetch }: Terminal, out: Outlet, err: Outlet): Ctl {
  const url = given.value("url") ?? (env("LABDAEMON_URL") || "http://127.0.0.1:5000");
  const timeout = parseDuration(given.value("timeout") ?? "30s");
  // Whoever has had enough waits for no answer either.
  const impatient: Fetch = (url, init) =>
    abortable(fetch(url, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal }), signal);
  return {
    url,
    api: addressed(() => new ServerAPI(url, { timeoutMs: timeout, fetch: impatient })),
    out,
    err,
    signal,
    paint: paintWith(out.isTerminal && !given.has("no-color") && !env("NO_COLOR")),
    stream: (options) => new SSEClient(url, { ...options, maxRetryMs: LONGEST_RETRY_MS, fetch: impatient }),
  };
}

/** @throws {LabError} `InvalidRequest`, if the address is none. */
function addressed<T>(make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    throw new LabError("InvalidRequest", messageOf(thrown), { cause: thrown });
  }
}
