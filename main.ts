/**
 * `deno task serve`: the bench file's devices, over HTTP.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { fstatSync } from "node:fs";
import config from "./deno.json" with { type: "json" };
import { deadline } from "./lib/async/mod.ts";
import { connectBench, openBench } from "./lib/bench/open_bench.ts";
import { type Bench, loadBench, overrideBench } from "./lib/bench/load_bench.ts";
import { LabError, messageOf } from "./lib/errors.ts";
import { type App, createApp } from "./lib/http/app.ts";
import { liveLines } from "./lib/cli/serve/live_lines.ts";
import { CATEGORIES, type LogSettings, readFormat, readLevels } from "./lib/log/log_settings.ts";
import { type Log, startLog } from "./lib/log/start_log.ts";
import { addresses } from "./lib/cli/serve/addresses.ts";
import { readFlags, readValues, UsageError } from "./lib/cli/serve/command_line.ts";
import { deviceStates, greeting } from "./lib/cli/serve/greeting.ts";
import { Printer } from "./lib/cli/serve/printer.ts";

const HELP = `LabDaemon: one process that owns the instruments of a bench

Usage: deno task serve [options]

  --config <file>       the bench file (bench.yaml)             LABDAEMON_CONFIG
  --host <address>      where to listen (127.0.0.1)             LABDAEMON_HOST
  --port <number>       the port (5000)                         LABDAEMON_PORT
  --drivers <folder>    where the driver files are (drivers)    LABDAEMON_DRIVERS
  --log-level <level>   debug, info, warning or error (info)    LABDAEMON_LOG_LEVEL
                        also for a category: warning,device=debug
                        categories: ${CATEGORIES.join(", ")}
  --log-format <form>   text or json (text on a terminal)       LABDAEMON_LOG_FORMAT
  --no-reload           leave a driver as it is when its file is saved
  --watch, --no-watch   whether to print a line a second of what devices stream (on a terminal)
  --safe                start with every device disabled; enable them one by one
  --help                this
`;

const FLAGS = {
  config: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  drivers: { type: "string" },
  "log-level": { type: "string", multiple: true },
  "log-format": { type: "string" },
  reload: { type: "boolean", default: true },
  watch: { type: "boolean" },
  safe: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Flags = ReturnType<typeof readFlags<typeof FLAGS>>;

/** So long the start-up message waits for the devices' states, and not longer: an instrument may be away. */
const FIRST_MOMENT_MS = 3_000;

const logger = getLogger("labdaemon");

/** How long connections have to end by themselves when the daemon stops. */
const GOODBYE_MS = 1_000;

/** How long the last lines have to come out. */
const LAST_WORDS_MS = 500;

const stdout = new Printer(Deno.stdout, (missing) => print(`… ${missing} lines are missing here: nobody read them`));
const stderr = new Printer(
  Deno.stderr,
  (missing) => logger.error("… {missing} lines are missing here: nobody read them", { missing }),
  { isFile: fstatSync(2).isFile() },
);
const print = (line: string) => stdout.print(`${line}\n`);

/** Unset until it is known how the log is to be. */
let log: Log | undefined;

// Every promise here has an owner. Should one be forgotten, the bench goes on all the same, and the log says so.
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  logger.error("A defect of LabDaemon: {error}", { error: messageOf(event.reason), cause: event.reason });
});

async function main(): Promise<void> {
  const flags = readFlags(Deno.args, FLAGS);
  if (flags.help) return print(HELP);
  log = await writeLog(logSettings(flags));
  const bench = await readBench(flags);
  if (flags.safe) { for (const device of bench.devices) device.enabled = false; }
  // On a terminal, what the start-up message tells need not stand around it, too.
  const endStart = Deno.stdout.isTerminal() && Deno.stderr.isTerminal() ? log.leaveOutStart() : () => {};
  const reloads = flags.reload;
  const daemon = await openBench(bench, { watch: reloads });
  const app = createApp(daemon, bench);
  const server = listen(app, bench);
  const { hostname, port } = server.addr;
  const where = addresses(hostname, port, () => Deno.networkInterfaces());
  print(greeting(daemon, { version: config.version, ...where, reloads }));
  logger.info("listening on {url}", { url: where.url, version: config.version, pid: Deno.pid });
  const stop = new AbortController();
  let endLines = () => {};
  deadline(connectBench(daemon, bench), FIRST_MOMENT_MS, stop.signal).catch(() => {}).then(() => {
    endStart();
    if (stop.signal.aborted) return;
    if (daemon.devices().length > 0) print(deviceStates(daemon));
    if (flags.watch ?? Deno.stdout.isTerminal()) endLines = liveLines(daemon, print);
  });

  await stopSignal();
  print("Stopping …");
  stop.abort();
  endLines();
  const closed = server.shutdown();
  app.closeStreams();
  await daemon.shutdown();
  // A reader that has stopped reading would keep its connection open for ever.
  await deadline(closed, GOODBYE_MS).catch(() => {});
  log.flush();
}

/** The bench file, with what the environment says, with what the flags say. */
async function readBench(flags: Flags): Promise<Bench> {
  const bench = await loadBench(flags.config ?? env("config") ?? "bench.yaml");
  const byEnv = overrideBench(bench, { host: env("host"), port: env("port"), drivers: env("drivers") }, variable);
  const { host, port, drivers } = flags;
  return readValues(() => overrideBench(byEnv, { host, port, drivers }));
}

/** How the log is to be: what the environment says, with what the flags say. */
function logSettings(flags: Flags): LogSettings {
  const byEnv = readLevels([env("log-level") ?? []].flat(), variable("log-level"));
  const settings = readValues(() => readLevels(flags["log-level"] ?? [], "--log-level", byEnv));
  const [flag, format] = [flags["log-format"], env("log-format")];
  if (flag !== undefined) settings.format = readValues(() => readFormat(flag, "--log-format"));
  else if (format !== undefined) settings.format = readFormat(format, variable("log-format"));
  return settings;
}

/** What the environment says of a flag. A variable that is empty says nothing. */
function env(key: string): string | undefined {
  return Deno.env.get(variable(key)) || undefined;
}

function variable(key: string): string {
  return `LABDAEMON_${key.toUpperCase().replaceAll("-", "_")}`;
}

function listen(app: App, { host, port }: Bench) {
  try {
    return Deno.serve({ hostname: host, port, onListen: () => {} }, app.fetch);
  } catch (error) {
    const found = error instanceof Deno.errors.AddrInUse
      ? "the port is in use, perhaps by another LabDaemon; choose one with --port"
      : `${messageOf(error)}; choose an address of this machine with --host`;
    throw new LabError("InvalidRequest", `Cannot listen on ${host}:${port}: ${found}`, { cause: error });
  }
}

/** Resolves when somebody asks this process to end. Who asks again is impatient, and gets it at once. */
function stopSignal(): Promise<void> {
  let asked = 0;
  return new Promise((resolve) => {
    const ask = () => ++asked > 1 ? Deno.exit(1) : resolve();
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, ask);
  });
}

function writeLog(settings: LogSettings): Promise<Log> {
  const isTerminal = Deno.stderr.isTerminal();
  return startLog(settings, {
    isTerminal,
    color: isTerminal && !Deno.noColor,
    write: (text) => stderr.print(text),
  });
}

/** What is wrong with the command or the bench is said in a line, and ends the program. */
const code = await main().then(() => 0, (error) => {
  if (log?.format === "json") logger.fatal("{error}", { error: messageOf(error) });
  else stderr.print(`${messageOf(error)}\n`);
  return error instanceof UsageError ? 2 : 1;
});
await Promise.all([stdout.flush(LAST_WORDS_MS), stderr.flush(LAST_WORDS_MS)]);
Deno.exit(code);
