import { type Command, Option } from "commander";
import type { Bench } from "../../bench/bench.ts";
import { loadBench } from "../../bench/load_bench.ts";
import { overrideBench, OVERRIDES } from "../../bench/override_bench.ts";
import { messageOf } from "../../errors.ts";
import { CATEGORIES, type LogSettings, readFormat, readLevels, readLogOutput } from "../../log/log_settings.ts";
import { UsageError } from "../command_line.ts";

/** The options of `deno task serve` as commander reads them. */
export interface ServeOptions {
  config?: string;
  host?: string;
  port?: string;
  drivers?: string;
  tasks?: string;
  data?: string;
  basePath?: string;
  logLevel?: string[];
  logFormat?: string;
  logOutput?: string;
  reload: boolean;
  watch?: boolean;
  safe?: boolean;
  hubView?: boolean;
  hub?: string;
  hubKey?: string;
}

/** Declares the options of `deno task serve`. */
export function declareOptions(program: Command): Command {
  return program
    .option("--config <file>", "the bench file (default: bench.yaml; env: LABDAEMON_CONFIG)")
    .option("--host <address>", "the address to listen on (default: 127.0.0.1; env: LABDAEMON_HOST)")
    .option("--port <number>", "the port (default: 5000; env: LABDAEMON_PORT)")
    .option("--drivers <folder>", "the folder of the driver files (default: drivers; env: LABDAEMON_DRIVERS)")
    .option("--tasks <folder>", "the folder of the task files (default: tasks; env: LABDAEMON_TASKS)")
    .option(
      "--data <folder>",
      "the folder of what the daemon keeps, such as recordings and tokens (default: data; env: LABDAEMON_DATA)",
    )
    .option("--base-path <path>", "the path below which a proxy serves it, such as /lab (env: LABDAEMON_BASE_PATH)")
    .option(
      "--log-level <level>",
      "debug, info, warning or error, also for a category, as in warning,device=debug; " +
        `categories: ${CATEGORIES.join(", ")} (default: info; env: LABDAEMON_LOG_LEVEL)`,
      (level, previous: string[] = []) => [...previous, level],
    )
    .option("--log-format <format>", "text or json (default: text on a terminal; env: LABDAEMON_LOG_FORMAT)")
    .option("--log-output <output>", "stderr, or stdout without the start-up message (env: LABDAEMON_LOG_OUTPUT)")
    .addOption(new Option("--reload").default(true).hideHelp())
    .option("--no-reload", "keep a driver as it is when its file is saved")
    .option("--watch", "print a line a second of what devices stream (default: on a terminal)")
    .option("--no-watch", "print no samples")
    .option("--hub-view", "show all benches of a hub instead of a bench: of hub in the bench file, or of --hub")
    .option("--hub <address>", "the hub of --hub-view, such as nats://hub.example.org:4222")
    .option("--hub-key <file>", "the seed of the nkey by which --hub-view connects, and signs what it asks of benches")
    .option("--safe", "start with every device disabled; enable them one by one");
}

/** The bench file, overridden by the environment, overridden by the options. */
export async function readBench(
  { config, host, port, drivers, tasks, data, basePath, safe }: ServeOptions,
): Promise<Bench> {
  const file = await loadBench(config ?? env("config") ?? "bench.yaml");
  const byEnv = overrideBench(file, Object.fromEntries(OVERRIDES.map((key) => [key, env(key)])), variable);
  const bench = usage(() => overrideBench(byEnv, { host, port, drivers, tasks, data, base_path: basePath }));
  return safe ? { ...bench, devices: bench.devices.map((device) => ({ ...device, enabled: false })) } : bench;
}

/** The settings of the log: the environment's, overridden by the options. */
export function readLogSettings({ logLevel = [], logFormat, logOutput }: ServeOptions): LogSettings {
  const byEnv = readLevels([env("log-level") ?? []].flat(), variable("log-level"));
  const settings = usage(() => readLevels(logLevel, "--log-level", byEnv));
  const format = env("log-format");
  if (logFormat !== undefined) settings.format = usage(() => readFormat(logFormat, "--log-format"));
  else if (format !== undefined) settings.format = readFormat(format, variable("log-format"));
  const output = env("log-output");
  if (logOutput !== undefined) settings.output = usage(() => readLogOutput(logOutput, "--log-output"));
  else if (output !== undefined) settings.output = readLogOutput(output, variable("log-output"));
  return settings;
}

/** Reads values of options. Any error becomes a {@linkcode UsageError}. */
function usage<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new UsageError(messageOf(cause), cause);
  }
}

/** The environment's value of an option. An empty variable counts as unset. */
function env(option: string): string | undefined {
  return Deno.env.get(variable(option)) || undefined;
}

function variable(option: string): string {
  return `LABDAEMON_${option.toUpperCase().replaceAll("-", "_")}`;
}
