/**
 * The program `deno task serve`.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { deadline } from "../../async/mod.ts";
import { Access } from "../../access/access.ts";
import { addressList } from "../../access/client_address.ts";
import { DataLock } from "../../access/data_lock.ts";
import { assertProtected } from "../../access/exposure.ts";
import { connectBench, openBench } from "../../bench/open_bench.ts";
import type { LabDaemon } from "../../daemon.ts";
import { LabError, messageOf } from "../../errors.ts";
import { denyNet, ownAddresses } from "../../host/denied_net.ts";
import { checkRequirements, type Requirements } from "../../host/requirements.ts";
import { createApp } from "../../http/app.ts";
import { isLoopback } from "../../format/host_text.ts";
import { SecretIndex } from "../../format/secret_index.ts";
import { secretsIn } from "../../format/secrets.ts";
import { addKeptDevices } from "../../kept/add_kept_devices.ts";
import { KeptDevices } from "../../kept/kept_devices.ts";
import { Layouts } from "../../layouts/layouts.ts";
import { Leases } from "../../leases/leases.ts";
import { paramsSchema } from "../../registry/plan.ts";
import type { LogSettings } from "../../log/log_settings.ts";
import { type Log, startLog } from "../../log/start_log.ts";
import { firstCertificate, watchCertificate } from "./certificate.ts";
import { commandLine, parse, UsageError } from "../command_line.ts";
import { catchUncaught } from "../uncaught.ts";
import { addresses } from "./addresses.ts";
import { descriptionFile } from "./description_file.ts";
import { openMqtt } from "./mqtt.ts";
import { openAlarms } from "./alarms.ts";
import { Connections, limitsFor } from "./connections.ts";
import { deviceStates, greeting } from "./greeting.ts";
import { listen } from "./listen.ts";
import { Listener } from "./listener.ts";
import { liveLines } from "./live_lines.ts";
import { declareOptions, readBench, readLogSettings, type ServeOptions } from "./options.ts";
import { Printer } from "./printer.ts";
import { openTasks } from "./tasks.ts";
import { hostname, openRecordings } from "./recordings.ts";
import { serviceManager } from "./service_manager.ts";

/** The time that the start-up message waits for the devices' states: an instrument may be absent. */
const STATES_WAIT_MS = 3_000;

/** The grace period of connections at shutdown. */
const CONNECTION_GRACE_MS = 1_000;

/** The time in which the last lines are flushed. */
const FLUSH_MS = 500;

const logger = getLogger("labdaemon");

/** True if the log goes to stdout: the start-up message and the samples then go nowhere. */
let isLogOnStdout = false;

const logDropped = (dropped: number) => logger.error("{line}", { line: droppedLines(dropped), dropped });
const stdout = new Printer(
  Deno.stdout,
  (dropped) => isLogOnStdout ? logDropped(dropped) : print(droppedLines(dropped)),
);
const stderr = new Printer(Deno.stderr, logDropped);
const print = (line: string) => isLogOnStdout || stdout.print(`${line}\n`);

function droppedLines(count: number): string {
  return `… ${count} log lines dropped: the output was blocked or full`;
}

/** The secrets in the params of the bench file and of all devices: no line of the log shows them. */
let secrets = (): SecretIndex => new SecretIndex([]);

/** Undefined until the log's settings are known. */
let log: Log | undefined;

/** Runs the daemon until a signal ends it. Resolves to the exit code. */
export async function serve(args: readonly string[], version: string): Promise<number> {
  // Each is a defect, and the bench runs on.
  catchUncaught((cause) => logger.error("A defect of LabDaemon: {error}", { error: messageOf(cause), cause }));
  const code = await runProgram(args, version).then(() => 0, (error) => {
    if (log?.format === "json") logger.fatal("{error}", { error: messageOf(error) });
    else stderr.print(`${messageOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  });
  await Promise.all([stdout.flush(FLUSH_MS), stderr.flush(FLUSH_MS)]);
  return code;
}

async function runProgram(args: readonly string[], version: string): Promise<void> {
  const help = { out: (text: string) => stdout.print(text), err: (text: string) => stderr.print(text), columns: 100 };
  const program = commandLine("deno task serve", "LabDaemon: one process that owns the instruments of a bench", help);
  declareOptions(program).action((options: ServeOptions) => runDaemon(options, version));
  await parse(program, args);
}

async function runDaemon(options: ServeOptions, version: string): Promise<void> {
  log = await writeLog(readLogSettings(options));
  const requirements = await checkRequirements();
  if (Deno.build.os === "windows") throw new LabError("InvalidRequest", `Cannot start: ${requirements.missing[0]}`);
  const bench = await readBench(options);
  using lock = await DataLock.take(bench.data, hostname());
  if (options.hubView) {
    const { serveView } = await import("./hub_view.ts");
    const { descriptors } = requirements;
    await serveView(bench, options, { version, descriptors, print, stopped: stopSignal, lock });
    return log.flush();
  }
  const access = await Access.open({ folder: bench.data, authentication: bench.auth, oidc: bench.oidc });
  assertProtected(bench.host, bench.auth, access);
  const { reload, watch = Deno.stdout.isTerminal() } = options;
  // On a terminal the start-up message repeats the first log lines.
  const endStart = !isLogOnStdout && Deno.stdout.isTerminal() && Deno.stderr.isTerminal()
    ? log.omitStartup()
    : () => {};
  const inFile = bench.devices.flatMap(({ params, secrets }) => secretsIn(params, secrets));
  if (bench.oidc?.clientSecret !== undefined) inFile.push(bench.oidc.clientSecret);
  if (bench.notify?.webhook?.secret !== undefined) inFile.push(bench.notify.webhook.secret);
  const fileIndex = new SecretIndex(inFile);
  secrets = () => fileIndex;
  const daemon = await openBench(bench, { watch: reload, descriptions: descriptionFile(bench.data) });
  const kept = new KeptDevices(bench.data);
  await addKeptDevices(daemon, kept, { disabled: options.safe });
  logRequirements(requirements);
  secrets = secretsOfDevices(daemon, inFile);
  let certificate = bench.tls && await firstCertificate(bench.tls);
  const { missing } = requirements;
  const recordings = await openRecordings(daemon, bench, version);
  const leases = await Leases.open(daemon, bench.data);
  const devicesFirst = Promise.withResolvers<void>();
  const tasks = openTasks({ daemon, leases, recordings, bench, after: devicesFirst.promise, reload });
  const { alarms, close: closeAlarms } = await openAlarms(daemon, bench);
  // HTTP/2 names the host in another place, and has no header for it.
  const requiresHost = !bench.tls;
  const connections = new Connections(limitsFor(requirements.descriptors), addressList(bench.trustedProxies));
  const app = createApp(daemon, {
    ...bench,
    hsts: bench.tls?.hsts,
    requiresHost,
    missing,
    access,
    connections,
    recordings,
    leases,
    tasks,
    layouts: new Layouts(bench.data),
    alarms,
    kept,
  });
  const hub = bench.hub &&
    (await import("./hub.ts")).openHub(bench.hub, { daemon, app, access, alarms, recordings, version });
  const broker = bench.mqtt && await openMqtt(bench.mqtt, { daemon, recordings, version });
  const listener = new Listener((port) => listen({ app, bench, connections, certificate }, port));
  const { port } = listener.addr;
  denyNet(() => ownAddresses(port, () => Deno.networkInterfaces()));
  tasks.open();
  const reached = addresses(
    { ...listener.addr, isEncrypted: certificate !== undefined },
    () => Deno.networkInterfaces(),
  );
  access.watch(reached.url);
  lock.listensOn(reached.url);
  const code = access.codeForFirst();
  const names = isLoopback(bench.host) && bench.allowedHosts.length === 0 ? undefined : bench.allowedHosts;
  print(greeting(daemon, { version, ...reached, reloads: reload, requirements, names, code }));
  if (code && isLogOnStdout) {
    logger.warn("log in once, as the first administrator, at {link}", { link: `${reached.url}/#/login/${code}` });
  }
  logger.info("listening on {url}", {
    url: reached.url,
    version,
    pid: Deno.pid,
    descriptors: requirements.descriptors,
  });
  const manager = serviceManager();
  manager.ready(`Listening on ${reached.url}`);
  const stop = new AbortController();
  if (bench.tls) {
    watchCertificate(bench.tls, (changed) => {
      certificate = changed;
      return listener.renew();
    }, stop.signal);
  }
  let endLines = () => {};
  deadline(connectBench(daemon, bench), STATES_WAIT_MS, stop.signal).catch(() => {}).then(() => {
    endStart();
    if (stop.signal.aborted) return;
    devicesFirst.resolve();
    if (daemon.devices().length > 0) print(deviceStates(daemon));
    if (watch) endLines = liveLines(daemon, print);
  });

  const failure = await Promise.race([stopSignal(), listener.failed]).then(() => undefined, (error: LabError) => error);
  if (failure) logger.fatal("{error}", { error: failure.message });
  print("Stopping …");
  manager.stopping();
  lock.isStopping();
  stop.abort();
  endLines();
  connections.stop();
  const closed = listener.shutdown();
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
  // A client that stopped reading would keep its connection open for ever.
  await deadline(closed, CONNECTION_GRACE_MS).catch(() => {});
  log.flush();
  if (failure) throw failure;
}

function logRequirements({ missing, degraded }: Requirements): void {
  const logger = getLogger(["labdaemon", "bench"]);
  for (const error of missing) logger.error("No driver can run: {error}", { error });
  for (const warning of degraded) logger.warn("{warning}", { warning });
}

/** Resolves at the first SIGINT or SIGTERM. The second one ends the process at once. */
function stopSignal(): Promise<void> {
  let signals = 0;
  return new Promise((resolve) => {
    const onSignal = () => ++signals > 1 ? Deno.exit(1) : resolve();
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  });
}

function writeLog(settings: LogSettings): Promise<Log> {
  isLogOnStdout = settings.output === "stdout";
  const isTerminal = (isLogOnStdout ? Deno.stdout : Deno.stderr).isTerminal();
  return startLog(settings, {
    isTerminal,
    color: isTerminal && !Deno.noColor,
    write: (text) => (isLogOnStdout ? stdout : stderr).print(text),
    secrets: () => secrets(),
  });
}

/** The secrets of the bench file and of all devices; indexed again when there are other devices or params. */
function secretsOfDevices(daemon: LabDaemon, inFile: readonly string[]): () => SecretIndex {
  let indexed: unknown[] = [];
  let index = new SecretIndex(inFile);
  return () => {
    const plans = daemon.devices().map(({ plan }) => plan);
    if (plans.length === indexed.length && plans.every(({ params }, i) => params === indexed[i])) return index;
    indexed = plans.map(({ params }) => params);
    return index = new SecretIndex(inFile.concat(plans.flatMap((it) => secretsIn(it.params, paramsSchema(it)))));
  };
}
