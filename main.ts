/**
 * `deno task serve`: the bench file's devices, over HTTP.
 *
 * @module
 */
import { configure, getAnsiColorFormatter, getLogger, getStreamSink, getTextFormatter } from "@logtape/logtape";
import { parseArgs } from "node:util";
import config from "./deno.json" with { type: "json" };
import { deadline } from "./lib/async/mod.ts";
import { connectBench, openBench } from "./lib/bench.ts";
import { type Bench, loadBench, overrideBench } from "./lib/config.ts";
import type { LabDaemon } from "./lib/daemon.ts";
import { LabError, messageOf } from "./lib/errors.ts";
import { type App, createApp } from "./lib/http/app.ts";
import { liveLines } from "./lib/live_lines.ts";

const HELP = `LabDaemon: one process that owns the instruments of a bench

Usage: deno task serve [options]

  --config <file>     the bench file (bench.yaml)             LABDAEMON_CONFIG
  --host <address>    where to listen (127.0.0.1)             LABDAEMON_HOST
  --port <number>     the port (5000)                         LABDAEMON_PORT
  --drivers <folder>  where the driver files are (drivers)    LABDAEMON_DRIVERS
  --no-reload         leave a driver as it is when its file is saved
  --watch             print a line a second of what devices stream, also when this is no terminal
  --no-watch          print none
  --safe              start with every device disabled; enable them one by one
  --help              this
`;

/** How long connections have to end by themselves when the daemon stops. */
const GOODBYE_MS = 1_000;

/** Says what is wrong with the command or the bench, and ends. */
function refuse(error: unknown): never {
  console.error(messageOf(error));
  Deno.exit(1);
}

// Every promise here has an owner. Should one be forgotten, the bench goes on all the same, and the log says so.
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  getLogger("labdaemon").error("A defect of LabDaemon: {reason}", { reason: event.reason });
});

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    // `deno task serve -- --port 5001` hands the first -- on.
    args: Deno.args[0] === "--" ? Deno.args.slice(1) : Deno.args,
    allowNegative: true,
    options: {
      config: { type: "string" },
      host: { type: "string" },
      port: { type: "string" },
      drivers: { type: "string" },
      reload: { type: "boolean" },
      watch: { type: "boolean" },
      safe: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (flags.help) return console.log(HELP);
  await configureLog();
  const bench = await readBench(flags);
  if (flags.safe) { for (const device of bench.devices) device.enabled = false; }
  const daemon = await openBench(bench, { watch: flags.reload ?? true });
  const app = createApp(daemon, bench);
  const server = listen(app, bench);
  console.log(greeting(daemon, server.addr));
  connectBench(daemon, bench);
  const endLines = (flags.watch ?? Deno.stdout.isTerminal()) ? liveLines(daemon, console.log) : () => {};

  await stopSignal();
  console.log("Stopping …");
  endLines();
  const closed = server.shutdown();
  app.closeStreams();
  await daemon.shutdown();
  // A reader that has stopped reading would keep its connection open for ever.
  await deadline(closed, GOODBYE_MS).catch(() => {});
}

/** The bench file, with what the environment says, with what the flags say. */
async function readBench(flags: { config?: string; host?: string; port?: string; drivers?: string }): Promise<Bench> {
  const variable = (key: string) => `LABDAEMON_${key.toUpperCase()}`;
  const env = (key: string) => Deno.env.get(variable(key));
  const bench = await loadBench(flags.config ?? env("config") ?? "bench.yaml");
  const byEnv = overrideBench(bench, { host: env("host"), port: env("port"), drivers: env("drivers") }, variable);
  return overrideBench(byEnv, { host: flags.host, port: flags.port, drivers: flags.drivers });
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

function greeting(daemon: LabDaemon, { hostname, port }: Deno.NetAddr): string {
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const drivers = daemon.drivers();
  const list = (items: string[]) => items.join(", ") || "none";
  return [
    `LabDaemon ${config.version} on ${url}`,
    `  drivers  ${
      list(drivers.filter(({ status }) => status === "loaded").map(({ name, file }) => `${name} (${file})`))
    }`,
    ...drivers.filter(({ error }) => error).map(({ error }) => `  failed   ${error?.message}`),
    `  devices  ${list(daemon.devices().map(({ id, type }) => `${id} (${type})`))}`,
    `  watch    ${url}/examples/browser.html`,
    "  stop     Ctrl-C",
  ].join("\n");
}

/** Resolves when somebody asks this process to end. Who asks again is impatient, and gets it at once. */
function stopSignal(): Promise<void> {
  let asked = 0;
  return new Promise((resolve) => {
    const ask = () => ++asked > 1 ? Deno.exit(1) : resolve();
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, ask);
  });
}

async function configureLog(): Promise<void> {
  const formatter = Deno.stderr.isTerminal()
    ? getAnsiColorFormatter({ value: String })
    : getTextFormatter({ value: String });
  await configure({
    sinks: { stderr: getStreamSink(Deno.stderr.writable, { formatter }) },
    loggers: [
      { category: "labdaemon", lowestLevel: "info", sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stderr"] },
    ],
  });
}

await main().then(() => Deno.exit(0), refuse);
