import type { Command } from "commander";
import { abortable } from "../../async/abortable.ts";
import { deadline } from "../../async/deadline.ts";
import { directFetch } from "../../client/direct_fetch.ts";
import { withToken } from "../../client/with_token.ts";
import { type Fetch, ServerAPI, SSEClient } from "../../client/mod.ts";
import { LabError, messageOf, printable } from "../../errors.ts";
import { commandLine, durationMs, type HelpOutput, parse } from "../command_line.ts";
import { Outlet, type Sink } from "../terminal/outlet.ts";
import { paintWith } from "../terminal/paint.ts";
import { type Ctl, LEASE_TOKEN } from "./commands/ctl.ts";
import { COMMANDS } from "./commands/mod.ts";
import { completion } from "./completion/completion.ts";
import { failureOf } from "./failure.ts";
import { addExamples } from "./view/examples.ts";

/** The surroundings of the program. */
export interface Terminal {
  stdout: Sink;
  stderr: Sink;
  env(name: string): string | undefined;
  /** Aborts at Ctrl-C. */
  signal: AbortSignal;
  fetch?: Fetch;
  /** The token that the daemon at an address keeps for its own user. */
  ownToken?(folder: string, url: string): Promise<string | undefined>;
  /** Opens an address in the browser. Resolves to false where none can be opened. */
  browse?(address: string): Promise<boolean>;
}

/** After Ctrl-C, the grace period of a pipe without a reader. */
const FLUSH_MS = 500;

/** The longest wait before a reconnect: a person waits for the daemon. */
const MAX_RETRY_MS = 5_000;

/** The default limit for an answer. */
const TIMEOUT_MS = 30_000;

/** The exit codes, for programs that call this one. */
export const EXIT_CODES: [code: number, meaning: string][] = [
  [0, "done"],
  [1, "the daemon refused, or the device failed"],
  [2, "wrong usage"],
  [3, "no daemon answers"],
  [130, "ended by Ctrl-C"],
];

/** The options of all commands as commander reads them. */
interface GlobalOptions {
  url?: string;
  /** In milliseconds. */
  timeout?: number;
  color: boolean;
}

/** The command line with all commands. */
export function ctlProgram(ctl: () => Ctl, help?: HelpOutput): Command {
  const program = commandLine("deno task ctl", "Controls and watches the devices of a running daemon", help)
    .option("--url <address>", "the daemon's address (default: http://127.0.0.1:5000; env: LABDAEMON_URL)")
    .option(
      "--timeout <time>",
      "the limit for an answer, such as 500ms or 2min (default: 30s; of a call, its method's limit)",
      durationMs,
    )
    .option("--no-color", "no colours (env: NO_COLOR)")
    .addHelpText(
      "after",
      ["\nExit codes:", ...EXIT_CODES.map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`)].join("\n") +
        "\n\nMore about a command: deno task ctl <command> --help",
    );
  for (const add of [...COMMANDS, completion]) add(program, ctl);
  addExamples(program);
  return program;
}

/** Runs a command line to its end. Returns the exit code; never throws. */
export async function run(args: string[], terminal: Terminal): Promise<number> {
  const out = new Outlet(terminal.stdout);
  const err = new Outlet(terminal.stderr);
  let ctl: Ctl | undefined;
  let code = 0;
  const program = ctlProgram(() => ctl ??= setUp(program.opts(), terminal, out, err), {
    out: (text) => void out.write(text),
    err: (text) => void err.write(text),
    columns: out.size.columns,
  });
  try {
    await parse(program, args);
  } catch (thrown) {
    if (!terminal.signal.aborted && !out.closed.aborted) {
      const failure = await failureOf(thrown, ctl);
      code = failure.code;
      for (const line of failure.lines.flatMap((text) => text.split("\n"))) await err.print(printable(line));
    }
  }
  const written = Promise.all([out.flush(), err.flush()]);
  await (terminal.signal.aborted ? deadline(written, FLUSH_MS).catch(() => {}) : written);
  if (terminal.signal.aborted) return 130;
  const { aborted, reason } = out.closed;
  // A reader that closes the pipe, such as head, is no error.
  if (!aborted || reason.name === "BrokenPipe") return code;
  await err.print(`Cannot write to standard output: ${messageOf(reason)}`);
  await err.flush();
  return 1;
}

function setUp(options: GlobalOptions, terminal: Terminal, out: Outlet, err: Outlet): Ctl {
  const { env, signal, ownToken = () => Promise.resolve(undefined) } = terminal;
  const dataFolder = env("LABDAEMON_DATA") || "data";
  const url = options.url ?? (env("LABDAEMON_URL") || "http://127.0.0.1:5000");
  // Read each time: the daemon makes a new one when it starts.
  const token = async () => env("LABDAEMON_TOKEN") || await ownToken(dataFolder, url);
  const fetch: Fetch = async (url, init) => await withToken(terminal.fetch ?? directFetch, await token())(url, init);
  // Ctrl-C aborts every request.
  const abortableFetch: Fetch = (url, init) =>
    abortable(fetch(url, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal }), signal);
  const apiBy = (fetch: Fetch) =>
    new ServerAPI(url, { timeoutMs: options.timeout ?? TIMEOUT_MS, fetch, lease: env(LEASE_TOKEN) || undefined });
  return {
    url,
    api: withAddress(() => apiBy(abortableFetch)),
    lastingApi: withAddress(() => apiBy(fetch)),
    get: (path) => abortableFetch(url.replace(/\/+$/, "") + path, { redirect: "manual" }),
    timeoutMs: options.timeout,
    dataFolder,
    out,
    err,
    signal,
    browse: terminal.browse ?? (() => Promise.resolve(false)),
    paint: paintWith(out.isTerminal && options.color && !env("NO_COLOR")),
    stream: (options) => new SSEClient(url, { ...options, maxRetryMs: MAX_RETRY_MS, fetch: abortableFetch }),
  };
}

/** @throws {LabError} `InvalidRequest` for an invalid address. */
function withAddress<T>(make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    throw new LabError("InvalidRequest", messageOf(thrown), { cause: thrown });
  }
}
