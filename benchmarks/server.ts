import { childrenOf } from "./proc.ts";
import config from "../deno.json" with { type: "json" };
import { end, launch, unpin } from "./launch.ts";
import type { Machine } from "./machine.ts";

const ROOT = decodeURIComponent(new URL("../", import.meta.url).pathname);

/** The one shipped driver that is measured, and the benchmark's own. */
const DRIVERS = ["drivers/streaming_daq.ts", ...listFiles("benchmarks/drivers")];

/** What the benchmark's drivers may do: one asks an instrument, which the benchmark itself plays. */
const GRANTS = { AskedMeter: { net: ["127.0.0.1"] } };

/** Two hundred processes on two cores need their time. */
const CONNECT_LIMIT_MS = 120_000;
const POLL_MS = 50;

/** Something that serves a stream of events, in a process of its own. */
export interface Server {
  name: string;
  port: number;
  pid: number;
  /** The processes it has started. */
  children(): number[];
  stop(): Promise<void>;
}

/** A device as a bench file has it. */
export interface Device {
  id: string;
  driver: string;
  params?: Record<string, unknown>;
  options?: Record<string, unknown>;
  streaming?: string;
  /** Devices with the same name share a process. */
  process?: string;
  ring?: { max_bytes: number };
}

/** The daemon, with requests over HTTP. */
export interface Daemon extends Server {
  get(path: string): Promise<unknown>;
  post(path: string, body?: unknown): Promise<unknown>;
}

/** The shipped program, as `deno task serve` runs it, with these devices, all of them connected. */
export async function startDaemon(machine: Machine, devices: Device[]): Promise<Daemon> {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-bench-" });
  await Deno.mkdir(`${folder}/drivers`);
  for (const file of DRIVERS) await Deno.copyFile(ROOT + file, `${folder}/drivers/${file.split("/").at(-1)}`);
  // JSON is YAML.
  const bench = { devices, grants: GRANTS, trusted_proxies: ["127.0.0.1"] };
  await Deno.writeTextFile(`${folder}/bench.yaml`, JSON.stringify(bench));
  const [, ...args] = config.tasks.serve.command.split(" ");
  const server = await start(machine, "LabDaemon", [
    ...args,
    ...["--config", `${folder}/bench.yaml`, "--port", "0", "--no-watch"],
  ], async () => {
    await Deno.remove(folder, { recursive: true });
  });
  const daemon = { ...server, ...client(server.port) };
  await connected(daemon);
  await unpin(machine, server.children());
  return daemon;
}

/** The events of a baseline, and the number of its readers. */
export interface Source {
  /** In Hz. */
  rate: number;
  readers: number;
  payload?: "noise" | "clock";
}

/** One of the servers in `baselines/`. It serves one device's events on any path, once all its readers are there. */
export function startBaseline(
  machine: Machine,
  name: string,
  { rate, readers, payload = "noise" }: Source,
): Promise<Server> {
  return start(machine, name, ["run", "-A", `benchmarks/baselines/${name}.ts`, String(rate), String(readers), payload]);
}

async function start(machine: Machine, name: string, args: string[], cleanUp = async () => {}): Promise<Server> {
  const { child, lastWords, ...output } = launch(machine, "server", args, ROOT);
  const lines = output.lines.getReader();
  const port = await findPort(lines);
  if (!port) {
    await end(child);
    await cleanUp();
    throw new Error(`Cannot start ${name}: it ended before it said where it listens\n${lastWords.join("\n")}`);
  }
  const drained = drain(lines);
  return {
    name,
    port,
    pid: child.pid,
    children: () => childrenOf(child.pid),
    stop: async () => {
      await end(child);
      await drained;
      await cleanUp();
    },
  };
}

async function findPort(lines: ReadableStreamDefaultReader<string>): Promise<number | undefined> {
  for (;;) {
    const { value, done } = await lines.read();
    if (done) return undefined;
    const port = / on http:\/\/127\.0\.0\.1:(\d+)/.exec(value)?.[1];
    if (port) return Number(port);
  }
}

/** A pipe that is not read would block its writer. */
async function drain(lines: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await lines.read()).done);
}

function client(port: number) {
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    if (!response.ok) throw new Error(`Cannot ${init?.method ?? "GET"} ${path}: ${await response.text()}`);
    return await response.json() as unknown;
  };
  const headers = { "Content-Type": "application/json" };
  return {
    get: (path: string) => ask(path),
    post: (path: string, body: unknown = {}) => ask(path, { method: "POST", headers, body: JSON.stringify(body) }),
  };
}

function listFiles(folder: string): string[] {
  return [...Deno.readDirSync(ROOT + folder)].map(({ name }) => `${folder}/${name}`);
}

async function connected(daemon: Daemon): Promise<void> {
  const limit = performance.now() + CONNECT_LIMIT_MS;
  for (;;) {
    const { devices } = await daemon.get("/devices") as {
      devices: { device_id: string; connected: boolean; last_error: unknown }[];
    };
    const missing = devices.filter(({ connected }) => !connected);
    if (!missing.length) return;
    if (performance.now() > limit) {
      await daemon.stop();
      throw new Error(
        `Cannot measure: ${missing.length} of ${devices.length} devices are not connected after ` +
          `${CONNECT_LIMIT_MS / 1000} s; the first is ${JSON.stringify(missing[0])}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
