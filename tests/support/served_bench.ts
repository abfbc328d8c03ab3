import { ok } from "node:assert/strict";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { SSEReader } from "./sse_reader.ts";
import { until, within } from "./until.ts";

const root = join(import.meta.dirname!, "../..");

/** The limit for a daemon to end. */
const TIMEOUT_MS = 60_000;

/** The drivers and the command line. */
export interface ServeOptions {
  /** Driver files: shipped or supporting ones by name, others as `{ "name.ts": text }`. */
  drivers?: (string | Record<string, string>)[];
  /** Further flags. */
  args?: string[];
  /** Environment variables. */
  env?: Record<string, string>;
  /** The checkout to serve from, instead of this one. */
  checkout?: string;
  /** Name the bench file by `LABDAEMON_CONFIG` instead of the flag. */
  configByEnv?: boolean;
  /** The limit of its file descriptors. */
  descriptors?: number;
  /** A command that runs it: its last arguments are the daemon's command. */
  within?: readonly string[];
  /** True to be ready while drivers still load. By default all of them are loaded or have failed. */
  isHasty?: boolean;
}

/** The exit code and the output of a command. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The program, served as `deno task serve` does, with a bench file and drivers in a folder of its own. */
export interface ServedBench extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Holds the bench file and the drivers. Every process of this bench has its name in its command line. */
  readonly folder: string;
  /** Its output so far. */
  readonly printed: { stdout: string; stderr: string };
  /** Resolves with its output when that contains `what`. */
  untilPrinted(name: "stdout" | "stderr", what: RegExp): Promise<string>;
  /** Its exit status. */
  readonly status: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
  /** Sends a request with a JSON body. Rejects if the answer is an error. */
  ask<Body = Record<string, unknown>>(request: string, body?: unknown): Promise<Body>;
  /** Opens a stream. */
  open(path: string, headers?: HeadersInit): Promise<SSEReader>;
}

/**
 * The command behind `deno task serve`, with the permissions that it has there. With `log`, the log goes to that file of
 * the folder.
 */
export function serveCommand(
  folder: string,
  { args = [], env = {}, checkout = root, configByEnv = false, descriptors, within = [], log }: ServeOptions & {
    log?: string;
  },
): Deno.Command {
  const [deno, ...task] = config.tasks.serve.command.split(" ");
  ok(deno === "deno", `the task runs ${deno}`);
  const bench = `${folder}/bench.yaml`;
  const command = [...within, Deno.execPath(), ...task, ...configByEnv ? [] : ["--config", bench], ...args];
  const limit = descriptors ? `ulimit -n ${descriptors}; ` : "";
  const output = log ? ' 2>"$0"' : "";
  const [program, ...words] = limit || output
    ? ["sh", "-c", `${limit}exec "$@"${output}`, `${folder}/${log}`, ...command]
    : command;
  return new Deno.Command(program, {
    args: words,
    cwd: checkout,
    env: configByEnv ? { ...env, LABDAEMON_CONFIG: bench } : env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** A new folder with a bench file and drivers. */
export async function benchFolder(bench: string, drivers: ServeOptions["drivers"] = []): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  await Deno.mkdir(`${folder}/drivers`);
  await Deno.writeTextFile(`${folder}/bench.yaml`, bench);
  for (const driver of drivers) {
    const files = typeof driver === "string" ? { [driver]: await driverText(driver) } : driver;
    for (const [name, text] of Object.entries(files)) {
      // A script beside a driver is there to be run.
      await Deno.writeTextFile(`${folder}/drivers/${name}`, text, { mode: name.endsWith(".sh") ? 0o755 : 0o644 });
    }
  }
  return folder;
}

function driverText(name: string): Promise<string> {
  return Deno.readTextFile(`${root}/drivers/${name}`).catch(() =>
    Deno.readTextFile(`${root}/tests/support/drivers/${name}`)
  );
}

/** Serves a bench on a free port. Resolves when the daemon is ready; rejects with its output if it ends. */
export async function serveBench(bench: string, options: ServeOptions = {}): Promise<ServedBench> {
  const folder = await benchFolder(bench, options.drivers);
  const child = serveCommand(folder, { ...options, args: ["--port", "0", ...options.args ?? []] }).spawn();
  const printed = { stdout: "", stderr: "" };
  const ready = Promise.withResolvers<void>();
  const read = async (name: "stdout" | "stderr") => {
    for await (const text of child[name].pipeThrough(new TextDecoderStream())) {
      printed[name] += text;
      if (printed.stdout.includes("Ctrl-C")) ready.resolve();
    }
  };
  const over = Promise.all([child.status, read("stdout"), read("stderr")]).then(([status]) => status);
  over.then(({ code }) => ready.reject(new Error(`it ended with code ${code}: ${printed.stdout}${printed.stderr}`)));

  const end = async () => {
    const timer = setTimeout(() => kill("SIGKILL"), TIMEOUT_MS);
    kill("SIGTERM");
    await over;
    clearTimeout(timer);
    await Deno.remove(folder, { recursive: true });
  };
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already.
    }
  };
  await within(ready.promise, () => `it is not ready: ${printed.stdout}${printed.stderr}`).catch(async (error) => {
    await end();
    throw error;
  });
  const url = /https?:\/\/\S+/.exec(printed.stdout)![0];
  // On a busy machine the server may be ready before the drivers are.
  if (!options.isHasty) await until("the drivers are loaded", async () => !await stillLoads(url));
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid,
    folder,
    printed,
    untilPrinted: async (name, what) => {
      await until(() => `${what} is in ${name}:\n${printed[name]}`, () => what.test(printed[name]));
      return printed[name];
    },
    status: over,
    kill,
    ask: async <Body>(request: string, body?: unknown) => {
      const [method, path] = request.split(" ");
      const json = body === undefined ? {} : {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      };
      const response = await fetch(url + path, { method, ...json });
      const text = await response.text();
      ok(response.ok, `${request}: ${response.status} ${text}`);
      return (text && JSON.parse(text)) as Body;
    },
    open: async (path, headers) => new SSEReader(await fetch(url + path, { headers })),
    [Symbol.asyncDispose]: end,
  };
}

async function stillLoads(url: string): Promise<boolean> {
  const ask = (path: string) => fetch(url + path).then((response) => response.text()).catch(() => "");
  // A device gets its driver a moment after it is loaded.
  return /"DriverStillLoads"/.test(await ask("/drivers")) || /some driver files still load/.test(await ask("/devices"));
}

/** Serves a bench that cannot start; resolves with its exit code and its output. */
export async function serveFailing(
  bench: string | undefined,
  options: ServeOptions = {},
): Promise<Ended & { folder: string }> {
  const folder = await benchFolder(bench ?? "", options.drivers);
  try {
    if (bench === undefined) await Deno.remove(`${folder}/bench.yaml`);
    const child = serveCommand(folder, options).spawn();
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    const { code, stdout, stderr } = await child.output();
    clearTimeout(timer);
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, stdout: out, stderr: err, folder };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
