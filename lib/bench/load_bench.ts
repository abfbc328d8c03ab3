/**
 * The bench file: the devices of this daemon, their settings, and the daemon's address.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { pathText } from "../format/path_text.ts";
import { inPlaceOrder, issueLine, type LocatedIssue, MAX_ISSUES, schemaIssues } from "../yaml/located_issues.ts";
import { benchSchema, DEVICE_KEYS, duplicateIds } from "./bench_schema.ts";
import { type OwnDriver, takeOwnDrivers } from "./own_driver.ts";
import { takeLibraryDrivers } from "./library_driver.ts";
import { readYaml } from "../yaml/located_yaml.ts";
import { renameOldKeys } from "./renamed_keys.ts";
import { resolveSecrets, type SecretReader, secretReader } from "./secret_references.ts";
import type { BusParams } from "./bus_schema.ts";
import type { DeviceSettings, Limits, RestartPolicy, StreamingMode } from "../device/supervisor/settings.ts";
import type { PermissionGrants } from "../host/grants.ts";
import type { DriverGrants } from "../registry/plan.ts";
import type { JsonSchema } from "../wire/driver.ts";
import type { PythonSettings } from "../registry/python_program.ts";
import type { AlarmRule } from "../alarms/rule.ts";
import { type BenchNotify, benchNotify } from "./alarm_schema.ts";
import { type BenchHub, benchHub } from "./hub_schema.ts";
import { type BenchMqtt, benchMqtt } from "./mqtt_schema.ts";
import { type BenchOidc, benchOidc } from "./oidc_schema.ts";
import { absoluteInterpreter, withAbsolutePaths } from "./values.ts";
import { LabError, messageOf } from "../errors.ts";

const logger = getLogger(["labdaemon", "bench"]);

export type { Limits, PermissionGrants, RestartPolicy, StreamingMode };

/** One device of a bench file. The driver's schemas validate its params and options. */
export interface BenchDevice extends DeviceSettings {
  id: string;
  /** The name of its driver: its device type. */
  driver: string;
  params: Record<string, unknown>;
  /** Marks the params that came from `{ env: … }` or `{ file: … }`: they are secrets. */
  secrets?: JsonSchema;
  /** False: it cannot be connected until it is enabled. */
  enabled: boolean;
  /** True: the daemon connects it at the start. */
  connect: boolean;
  permissions: PermissionGrants;
  /** Its driver, if the device has the keys of one itself, or one that is a class of a library. */
  ownDriver?: OwnDriver;
  /** `always`: it is recorded as long as the daemon runs. */
  record: "always" | null;
  /** The limits of that which is kept. */
  retention: { maxAgeMs: number; maxBytes: number };
  /** The limits of its channels. */
  alarms: AlarmRule[];
  /** The name of its bus. */
  bus?: string;
  /** The name of the process that it shares. */
  process?: string;
}

/** The content of a bench file. */
export interface Bench {
  host: string;
  /** 0: the system chooses one. */
  port: number;
  /** The absolute path of the folder of the drivers. */
  drivers: string;
  /** The absolute path of the folder of the tasks; it need not be there. */
  tasks: string;
  /** The absolute path of the folder of what the daemon keeps, such as recordings and tokens. */
  data: string;
  /** When a token is needed: always, never, or (null) as soon as there is one. */
  auth: "tokens" | "none" | null;
  /** Further origins whose pages may use the daemon, as browsers spell them. */
  allowedOrigins: string[];
  /** Further Host headers that the daemon answers, in lower case. */
  allowedHosts: string[];
  /** The path below which a proxy serves the daemon, as `/lab`; empty without one. */
  basePath: string;
  /** The proxies whose headers are believed: addresses and networks. */
  trustedProxies: string[];
  /** The certificate and its key, by absolute paths; without it, connections are not encrypted. */
  tls?: { cert: string; key: string; hsts: boolean };
  /** Where the notices of alarms go. */
  notify?: BenchNotify;
  /** The hub that the bench connects to. */
  hub?: BenchHub;
  /** The broker that gets the bench's streams and states. */
  mqtt?: BenchMqtt;
  /** The provider by which people log in. */
  oidc?: BenchOidc;
  /** The permissions of drivers, by their names. Paths are absolute. */
  grants: DriverGrants;
  /** The settings of drivers in Python. */
  python: PythonSettings;
  /** The params that each bus gives to its devices. */
  buses: Record<string, BusParams>;
  /** Recording stops when its disk has less room, in bytes. */
  minFreeBytes: number;
  /** The limit of a body that goes to a driver, in bytes. */
  maxBody: number;
  /** The limit of devices at a time. */
  maxDevices: number;
  devices: BenchDevice[];
}

/**
 * Reads the text of a bench file. An empty text is a bench without devices. A key with an old name is logged as a warning.
 *
 * @param file Its path: messages name it, and `drivers` and the files of secrets are relative to its folder.
 * @param secrets Reads the params that are `{ env: NAME }` or `{ file: path }`.
 * @throws {LabError} `InvalidRequest`, with one line for each fault, such as
 * `bench.yaml:7:13: key devices[0].driver: expected …, found …`. `context.issues` has the faults as
 * `{path, line, column, message}`.
 *
 * @example
 * ```ts
 * import { parseBench } from "./load_bench.ts";
 *
 * const bench = parseBench("devices: [{id: daq1, driver: StreamingDAQ}]", "/lab/bench.yaml");
 * console.assert(bench.port === 5000);
 * console.assert(bench.devices[0].restart.initialDelayMs === 500);
 * ```
 */
export function parseBench(
  text: string,
  file: string,
  secrets: SecretReader = secretReader(dirname(file)),
): Bench {
  const yaml = readYaml(text);
  const issues: LocatedIssue[] = yaml.faults.map((fault) => ({ path: "", ...fault }));
  const oldKeys = renameOldKeys(yaml);
  issues.push(...oldKeys.errors);
  // A text that is not YAML has no value.
  const own = takeOwnDrivers(withoutTemplates(yaml.value) ?? {}, yaml, file, DEVICE_KEYS);
  const library = takeLibraryDrivers(own.value);
  const found = yaml.value === undefined ? undefined : benchSchema.safeParse(library.value);
  if (found) issues.push(...duplicateIds(yaml), ...schemaIssues(yaml, found.error?.issues ?? []));
  const devices = found?.data?.devices.map((device, index) => {
    const { faults, ...resolved } = resolveSecrets(device.params, secrets);
    for (const { path, message } of faults) {
      const whole = ["devices", index, "params", ...path];
      issues.push({ path: pathText(whole), message, ...yaml.placeOf(whole) });
    }
    const driver = own.drivers.get(index) ?? library.drivers.get(index);
    return { ...device, ...resolved, ...driver && { ownDriver: driver } };
  });
  const secretIn = (section: string[], key: string, value: unknown) => {
    const { faults, params } = resolveSecrets({ [key]: value }, secrets);
    for (const { message } of faults) {
      const path = [...section, key];
      issues.push({ path: pathText(path), message, ...yaml.placeOf(path) });
    }
    return params[key];
  };
  const clientSecret = secretIn(["oidc"], "client_secret", found?.data?.oidc?.client_secret);
  const brokerPassword = secretIn(["mqtt"], "password", found?.data?.mqtt?.password);
  const webhookSecret = secretIn(["notify", "webhook"], "secret", found?.data?.notify?.webhook?.secret);
  if (!found?.success || !devices || issues.length > 0) throw refusal(file, issues);
  for (const warning of oldKeys.warnings) logger.warn("{warning}", { warning: issueLine(file, warning) });
  return benchOf(found.data, { devices, folder: dirname(file), clientSecret, brokerPassword, webhookSecret });
}

/** The parts of a bench file whose secrets were read. */
interface ReadSecrets {
  devices: BenchDevice[];
  clientSecret: unknown;
  brokerPassword: unknown;
  webhookSecret: unknown;
  /** Paths of the file are relative to it. */
  folder: string;
}

function benchOf(file: z.output<typeof benchSchema>, read: ReadSecrets): Bench {
  const { max_body, max_devices, base_path, allowed_origins, allowed_hosts, trusted_proxies, ...more } = file;
  const { drivers, tasks, data, tls, oidc, hub, mqtt, notify, grants, recording, security, python, ...rest } = more;
  const { devices, clientSecret, brokerPassword, webhookSecret, folder } = read;
  const absolute = Object.entries(grants).map(([name, line]) => [name, withAbsolutePaths(line, folder)]);
  const interpreters = Object.entries(python).map(([name, { interpreter, sandbox }]) =>
    [name, {
      sandbox: sandbox === "on",
      ...interpreter !== undefined && { interpreter: absoluteInterpreter(interpreter, folder) },
    }] as const
  );
  return {
    ...rest,
    devices,
    allowedOrigins: allowed_origins,
    allowedHosts: allowed_hosts,
    basePath: base_path ?? "",
    trustedProxies: trusted_proxies,
    minFreeBytes: recording.min_free,
    maxBody: max_body,
    maxDevices: max_devices,
    ...oidc && { oidc: benchOidc(oidc, clientSecret) },
    ...hub && { hub: benchHub(hub, folder) },
    ...mqtt && { mqtt: benchMqtt(mqtt, brokerPassword, folder) },
    ...notify && { notify: benchNotify(notify, webhookSecret) },
    ...tls && { tls: { ...tls, cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) } },
    drivers: resolve(folder, drivers),
    tasks: resolve(folder, tasks),
    data: resolve(folder, data),
    grants: Object.fromEntries(absolute),
    python: { strict: security === "strict", drivers: Object.fromEntries(interpreters) },
  };
}

function refusal(file: string, found: LocatedIssue[]): LabError {
  const all = inPlaceOrder(found);
  const issues = all.slice(0, MAX_ISSUES);
  const lines = issues.map((issue) => issueLine(file, issue));
  if (all.length > issues.length) lines.push(`and ${all.length - issues.length} more`);
  return new LabError("InvalidRequest", [`Cannot use the bench file ${file}:`, ...lines].join("\n"), {
    context: { file, issues },
  });
}

/** A mapping without its keys that begin with `x-`: they hold anchors for the rest of the file. */
function withoutTemplates(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("x-")));
}

/**
 * Reads a bench file from the disk, as {@linkcode parseBench} does.
 *
 * @throws {LabError} `InvalidRequest`, also for a file that is missing or cannot be read.
 */
export async function loadBench(path: string): Promise<Bench> {
  const text = await Deno.readTextFile(path).catch((cause: unknown) => {
    const found = cause instanceof Deno.errors.NotFound
      ? "there is no such file. Write one (an empty file is a bench without devices), or name another with --config"
      : messageOf(cause);
    throw new LabError("InvalidRequest", `Cannot read the bench file ${path}: ${found}`, {
      context: { file: path },
      cause,
    });
  });
  return parseBench(text, path);
}
