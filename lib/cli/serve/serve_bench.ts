import { getLogger } from "@logtape/logtape";
import { Access } from "../../access/access.ts";
import type { DataLock } from "../../access/data_lock.ts";
import { assertProtected } from "../../access/assert_protected.ts";
import { deadline } from "../../async/mod.ts";
import type { Bench } from "../../bench/bench.ts";
import { connectBench, openBench } from "../../bench/open_bench.ts";
import type { LabDaemon } from "../../daemon.ts";
import { isLoopback } from "../../format/host_text.ts";
import { SecretIndex } from "../../format/secret_index.ts";
import { denyNet, ownAddresses } from "../../host/denied_net.ts";
import type { Requirements } from "../../host/requirements.ts";
import { createApp } from "../../http/app.ts";
import { addKeptDevices } from "../../kept_devices/add_kept_devices.ts";
import { KeptDevices } from "../../kept_devices/kept_devices.ts";
import { Layouts } from "../../layouts/layouts.ts";
import { Leases } from "../../leases/leases.ts";
import type { UnreadableFile } from "../../wire/server.ts";
import { openAlarms } from "./alarms.ts";
import { AppServer, type ServedAddresses } from "./app_server.ts";
import { secretsOfDevices, secretsOfFile } from "./bench_secrets.ts";
import { descriptionFile } from "./description_file.ts";
import { deviceStates, greeting } from "./greeting.ts";
import { liveLines } from "./live_lines.ts";
import { openMqtt } from "./mqtt.ts";
import type { ServeOptions } from "./options.ts";
import type { ProgramOutput } from "./program_output.ts";
import { openRecordings } from "./recordings.ts";
import { openTasks } from "./tasks.ts";

/** The time that the start-up message waits for the devices' states: an instrument may be absent. */
const STATES_WAIT_MS = 3_000;

const logger = getLogger("labdaemon");

/** The program that serves a bench. */
export interface BenchProgram {
  version: string;
  requirements: Requirements;
  output: ProgramOutput;
  /** Resolves when the program is to end. */
  stopped(): Promise<void>;
  lock: DataLock;
}

/** Serves a bench: opens its parts, connects its devices, and closes everything when the program is to end. */
export async function serveBench(bench: Bench, options: ServeOptions, program: BenchProgram): Promise<void> {
  const { version, requirements, output, lock } = program;
  const { missing, descriptors } = requirements;
  const { reload } = options;
  const access = await Access.open({ folder: bench.data, authentication: bench.auth, oidc: bench.oidc });
  assertProtected(bench.host, bench.auth, access);
  const endStart = output.omitStartup();
  const unreadable: UnreadableFile[] = [];
  const { daemon, kept } = await openDevices(bench, options, { output, unreadable });
  logRequirements(requirements);
  const server = await AppServer.prepare(bench, descriptors);
  const recordings = await openRecordings(daemon, bench, { version, unreadable });
  const leases = await Leases.open(daemon, bench.data, unreadable);
  const devicesFirst = Promise.withResolvers<void>();
  const after = devicesFirst.promise;
  const tasks = openTasks({ daemon, leases, recordings, bench, after, reload, unreadable });
  const { alarms, close: closeAlarms } = await openAlarms(daemon, bench, unreadable);
  const app = createApp(daemon, {
    ...bench,
    hsts: bench.tls?.hsts,
    // HTTP/2 names the host in another place, and has no header for it.
    requiresHost: !bench.tls,
    layouts: new Layouts(bench.data),
    connections: server.connections,
    ...{ missing, unreadable, access, recordings, leases, tasks, alarms, kept },
  });
  const hub = bench.hub &&
    (await import("./hub.ts")).openHub(bench.hub, { daemon, app, access, alarms, recordings, version });
  const broker = bench.mqtt && await openMqtt(bench.mqtt, { daemon, recordings, version });
  // Before anyone reads that it listens: a signal at that moment ends it in order, too.
  const stopped = program.stopped();
  const reached = server.listen(app);
  denyNet(() => ownAddresses(reached.port, () => Deno.networkInterfaces()));
  tasks.open();
  access.watch(reached.url);
  lock.listensOn(reached.url);
  greet(daemon, reached, { bench, program, reload, code: access.codeForFirst() });
  server.ready(reached.url);
  deadline(connectBench(daemon, bench), STATES_WAIT_MS, server.signal).catch(() => {}).then(() => {
    endStart();
    if (server.signal.aborted) return;
    devicesFirst.resolve();
    showDevices(daemon, options, { output, signal: server.signal });
  });

  const failure = await server.over(stopped);
  output.print("Stopping …");
  lock.isStopping();
  server.stop();
  // Their leases are kept: they go on when the daemon is started again.
  await tasks.close();
  const historiesEnded = app.close();
  await leases.close();
  await closeAlarms();
  await Promise.all([hub?.close(), broker?.close()]);
  await historiesEnded;
  await recordings.close();
  await daemon.shutdown();
  await access.close();
  await server.closed();
  output.flushLog();
  if (failure) throw failure;
}

/** Adds the devices of the bench file, and those that are kept. From then on, no line of the log shows their secrets. */
async function openDevices(
  bench: Bench,
  { reload, safe }: ServeOptions,
  { output, unreadable }: { output: ProgramOutput; unreadable: UnreadableFile[] },
): Promise<{ daemon: LabDaemon; kept: KeptDevices }> {
  const inFile = secretsOfFile(bench);
  const index = new SecretIndex(inFile);
  output.secrets = () => index;
  const daemon = await openBench(bench, { watch: reload, descriptions: descriptionFile(bench.data) });
  const kept = new KeptDevices(bench.data);
  await addKeptDevices(daemon, kept, { disabled: safe, unreadable });
  output.secrets = secretsOfDevices(daemon, inFile);
  return { daemon, kept };
}

/** Prints and logs where the daemon is reached. */
function greet(
  daemon: LabDaemon,
  { url, elsewhere }: ServedAddresses,
  { bench, program, reload, code }: { bench: Bench; program: BenchProgram; reload: boolean; code: string | undefined },
): void {
  const { version, requirements, output } = program;
  const names = isLoopback(bench.host) && bench.allowedHosts.length === 0 ? undefined : bench.allowedHosts;
  output.print(greeting(daemon, { version, url, elsewhere, reloads: reload, requirements, names, code }));
  if (code && output.isLogOnStdout) {
    logger.warn("log in once, as the first administrator, at {link}", { link: `${url}/#/login/${code}` });
  }
  const { descriptors } = requirements;
  logger.info("listening on {url}", { url, version, pid: Deno.pid, descriptors });
}

/** Prints the states of the devices and, on a terminal, their samples until the signal aborts. */
function showDevices(
  daemon: LabDaemon,
  { watch = Deno.stdout.isTerminal() }: ServeOptions,
  { output, signal }: { output: ProgramOutput; signal: AbortSignal },
): void {
  const print = (line: string) => output.print(line);
  if (daemon.devices().length > 0) print(deviceStates(daemon));
  if (watch) signal.addEventListener("abort", liveLines(daemon, print));
}

function logRequirements({ missing, degraded }: Requirements): void {
  const logger = getLogger(["labdaemon", "bench"]);
  for (const error of missing) logger.error("No driver can run: {error}", { error });
  for (const warning of degraded) logger.warn("{warning}", { warning });
}
