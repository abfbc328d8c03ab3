import { resolve } from "node:path";
import type { z } from "zod";
import type { benchSchema } from "./bench_schema.ts";
import type { OwnDriver } from "./own_driver.ts";
import type { BusParams } from "./bus_schema.ts";
import type { DeviceSettings } from "../device/supervisor/settings.ts";
import { type PermissionGrants, withAbsolutePaths } from "../host/grants.ts";
import type { DriverGrants } from "../registry/plan.ts";
import type { JsonSchema } from "../wire/driver.ts";
import type { PythonSettings } from "../registry/python_program.ts";
import type { AlarmRule } from "../alarms/rule.ts";
import { type BenchNotify, benchNotify } from "./alarm_schema.ts";
import { type BenchHub, benchHub } from "./hub_schema.ts";
import { type BenchMqtt, benchMqtt } from "./mqtt_schema.ts";
import { type BenchOidc, benchOidc } from "./oidc_schema.ts";
import { absoluteInterpreter } from "./values.ts";

/** One device of a bench file. The driver's schemas validate its params and options. */
export interface BenchDevice extends DeviceSettings {
  id: string;
  /** The device type: the name of the driver. */
  driver: string;
  params: Record<string, unknown>;
  /** Marks the params that came from `{ env: … }` or `{ file: … }`: they are secrets. */
  secrets?: JsonSchema;
  /** False for a device that cannot be connected until it is enabled. */
  enabled: boolean;
  /** True: the daemon connects it at the start. */
  connect: boolean;
  permissions: PermissionGrants;
  /** The device's own driver: its keys in the bench file, or a class of a library. */
  ownDriver?: OwnDriver;
  /** `always`: it is recorded as long as the daemon runs. */
  record: "always" | null;
  /** The limits of its continuous recording. */
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
  /** The absolute path of the data folder, for recordings, tokens and the like. */
  data: string;
  /** When a token is needed: always, never, or (null) as soon as there is one. */
  auth: "tokens" | "none" | null;
  /** Further origins whose pages may use the daemon, spelled as browsers spell them. */
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

/** The parts of a bench file whose secrets were read. */
export interface ReadSecrets {
  devices: BenchDevice[];
  clientSecret: unknown;
  brokerPassword: unknown;
  webhookSecret: unknown;
  /** Paths of the file are relative to it. */
  folder: string;
}

/** The bench that a checked file describes. */
export function benchOfFile(file: z.output<typeof benchSchema>, read: ReadSecrets): Bench {
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
    devices: devices.map((device) => ({ ...device, permissions: absoluteGrants(device.permissions, folder) })),
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

function absoluteGrants({ add, only }: PermissionGrants, folder: string): PermissionGrants {
  return { ...add && { add: withAbsolutePaths(add, folder) }, ...only && { only: withAbsolutePaths(only, folder) } };
}
