/**
 * The schema of a bench file: its keys and their defaults.
 *
 * @module
 */
import { type LocatedIssue, valueAtPath, valueIssue } from "../yaml/located_issues.ts";
import type { LocatedYaml } from "../yaml/located_yaml.ts";
import { z } from "zod";
import { DEFAULT_MAX_DEVICES } from "../device/device_table.ts";
import { DEFAULT_LIMITS, DEFAULT_RESTART, DEFAULT_SETTINGS } from "../device/supervisor/settings.ts";
import { formatDuration } from "../format/duration.ts";
import { PERMISSION_KINDS, type PermissionKind } from "../wire/names/permission_kinds.ts";
import { section } from "../yaml/section.ts";
import { alarmRulesSchema, alarmSection, notifySection, webhookSection } from "./alarm_schema.ts";
import { busKeys, busParams } from "./bus_schema.ts";
import { hub, HUB_SECTIONS } from "./hub_schema.ts";
import { mqtt, MQTT_SECTIONS } from "./mqtt_schema.ts";
import { oidc, OIDC_SECTIONS } from "./oidc_schema.ts";
import * as values from "./values.ts";

/** The room that recordings leave on their disk. */
const DEFAULT_MIN_FREE_BYTES = 256 * 1024 * 1024;

/** An optional key: it may be missing, or have no value. */
function optional<T extends z.ZodType>(schema: T, fallback: z.output<T>) {
  return schema.nullish().transform((value): z.output<T> => value ?? structuredClone(fallback));
}

const restartSection = section({
  max_restarts: optional(values.count, DEFAULT_RESTART.maxRestarts),
  window: optional(values.duration, DEFAULT_RESTART.windowMs),
  initial_delay: optional(values.duration, DEFAULT_RESTART.initialDelayMs),
  max_delay: optional(values.duration, DEFAULT_RESTART.maxDelayMs),
});

const restart = restartSection.transform((found, context) => {
  const { max_restarts: maxRestarts, window: windowMs, initial_delay: initialDelayMs, max_delay: maxDelayMs } = found;
  if (initialDelayMs > maxDelayMs) {
    // Either may be a default; the issue names a key that the file has.
    context.addIssue(
      maxDelayMs === DEFAULT_RESTART.maxDelayMs
        ? wrong("initial_delay", `at most max_delay, which is ${formatDuration(maxDelayMs)}`)
        : wrong("max_delay", `at least initial_delay, which is ${formatDuration(initialDelayMs)}`),
    );
  }
  return { maxRestarts, windowMs, initialDelayMs, maxDelayMs };
});

function wrong(key: string, message: string) {
  return { code: "custom" as const, path: [key], message };
}

const limitsSection = section({
  connect: optional(values.duration, DEFAULT_LIMITS.connectMs),
  call: optional(values.duration, DEFAULT_LIMITS.callMs),
  stop: optional(values.duration, DEFAULT_LIMITS.stopMs),
  heartbeat_timeout: optional(values.duration, DEFAULT_LIMITS.heartbeatTimeoutMs),
  sample_timeout: optional(values.duration, DEFAULT_LIMITS.sampleTimeoutMs),
});

const limits = limitsSection.transform((found) => ({
  connectMs: found.connect,
  callMs: found.call,
  stopMs: found.stop,
  heartbeatTimeoutMs: found.heartbeat_timeout,
  sampleTimeoutMs: found.sample_timeout,
}));

const ringSection = section({
  max_bytes: optional(values.count, DEFAULT_SETTINGS.ring.maxBytes),
  max_age: optional(values.duration, DEFAULT_SETTINGS.ring.maxAgeMs),
});

const ring = ringSection.transform(({ max_bytes: maxBytes, max_age: maxAgeMs }) => ({ maxBytes, maxAgeMs }));

// One of these keys without a value is refused: it could mean "nothing" as well as "the default".
const grant = values.grantSchema.optional();
const someKinds = section(
  Object.fromEntries(PERMISSION_KINDS.map((kind) => [kind, grant])) as Record<PermissionKind, typeof grant>,
);
const permissions = someKinds.optional();
const permissionsSection = section({ add: permissions, only: permissions });

const retentionSection = section({
  max_age: optional(values.age, Infinity),
  max_bytes: optional(values.count, Infinity),
});

const retention = retentionSection.transform(({ max_age: maxAgeMs, max_bytes: maxBytes }) => ({ maxAgeMs, maxBytes }));

const NAME_FORM = 'a name of 1 to 64 letters, digits, "_", "-" or "."';
const name = z.custom<string>((value) => typeof value === "string" && /^[\w.-]{1,64}$/.test(value), NAME_FORM);

const deviceSection = section({
  id: values.deviceId,
  driver: values.driverName,
  bus: name.optional(),
  process: name.optional(),
  params: optional(values.driverInput, {}),
  enabled: optional(values.yesOrNo, true),
  connect: optional(values.yesOrNo, true),
  streaming: optional(
    z.enum(["on-demand", "always", "manual"], { error: "one of on-demand, always, manual" }),
    "on-demand",
  ),
  options: optional(values.driverInput, {}),
  restart: optional(restart, DEFAULT_RESTART),
  limits: optional(limits, DEFAULT_LIMITS),
  memory: optional(values.count, DEFAULT_SETTINGS.memoryBytes),
  ring: optional(ring, DEFAULT_SETTINGS.ring),
  arrays: optional(z.enum(["json", "base64"], { error: "json or base64" }).nullable(), null),
  record: optional(z.enum(["always"], { error: "always" }).nullable(), null),
  retention: optional(retention, { maxAgeMs: Infinity, maxBytes: Infinity }),
  transcript: optional(values.yesOrNo, false),
  safe_on_shutdown: values.yesOrNo.nullish(),
  lease: optional(z.enum(["required"], { error: "required" }).nullable(), null),
  alarms: optional(alarmRulesSchema, []),
  permissions: optional(permissionsSection, {}),
});

/** The keys of a device. A device with a `transport` has those of a YAML driver, too. */
export const DEVICE_KEYS: ReadonlySet<string> = new Set(Object.keys(deviceSection.shape));

const device = deviceSection.transform(({ memory: memoryBytes, ...settings }) => ({ ...settings, memoryBytes }));

const recordingSection = section({
  min_free: optional(values.count, DEFAULT_MIN_FREE_BYTES),
});

const pythonSection = section({
  interpreter: values.interpreter.optional(),
  sandbox: optional(z.enum(["on", "off"], { error: "on or off" }), "on"),
});

const tlsSection = section({
  cert: values.file,
  key: values.file,
  hsts: optional(values.yesOrNo, false),
});

const benchSection = section({
  host: optional(values.host, "127.0.0.1"),
  port: optional(values.port, 5000),
  drivers: optional(values.folder, "drivers"),
  tasks: optional(values.folder, "tasks"),
  data: optional(values.folder, "data"),
  auth: optional(z.enum(["tokens", "none"], { error: "tokens or none" }).nullable(), null),
  allowed_origins: optional(z.array(values.origin, { error: "a list of origins" }), []),
  allowed_hosts: optional(z.array(values.hostHeader, { error: "a list of host names" }), []),
  base_path: optional(values.basePath.nullable(), null),
  trusted_proxies: optional(z.array(values.network, { error: "a list of addresses and networks" }), []),
  buses: optional(z.record(name, section(busKeys).transform(busParams), { error: "a mapping of buses' names" }), {}),
  grants: optional(z.record(values.driverName, someKinds, { error: "a mapping of drivers' names" }), {}),
  security: optional(z.enum(["normal", "strict"], { error: "normal or strict" }), "normal"),
  python: optional(z.record(values.driverFile, pythonSection, { error: "a mapping of the names of driver files" }), {}),
  tls: tlsSection.optional(),
  recording: optional(recordingSection, { min_free: DEFAULT_MIN_FREE_BYTES }),
  notify: notifySection.optional(),
  oidc: oidc.optional(),
  hub: hub.optional(),
  mqtt: mqtt.optional(),
  max_body: optional(values.bodyLimit, 1024 * 1024),
  max_devices: optional(values.count, DEFAULT_MAX_DEVICES),
  safe_on_shutdown: optional(values.yesOrNo, false),
  devices: optional(z.array(device, { error: "a list of devices" }), []),
});

/** The mappings of the file and the schemas of their keys, under the headings of `docs/bench-file.md`. */
export const BENCH_SECTIONS: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  "The keys of the file": benchSection.shape,
  "A device": deviceSection.shape,
  restart: restartSection.shape,
  limits: limitsSection.shape,
  ring: ringSection.shape,
  retention: retentionSection.shape,
  alarms: alarmSection.shape,
  permissions: permissionsSection.shape,
  grants: someKinds.shape,
  buses: busKeys,
  python: pythonSection.shape,
  tls: tlsSection.shape,
  recording: recordingSection.shape,
  notify: notifySection.shape,
  webhook: webhookSection.shape,
  ...OIDC_SECTIONS,
  ...HUB_SECTIONS,
  ...MQTT_SECTIONS,
};

/** The whole file. */
export const benchSchema = benchSection.transform(({ devices, safe_on_shutdown, ...bench }) => ({
  ...bench,
  devices: devices.map(({ safe_on_shutdown: own, ...it }) => ({ ...it, safeOnShutdown: own ?? safe_on_shutdown })),
})).superRefine(({ devices, buses, max_devices: max, auth, oidc, notify }, context) => {
  if (auth === "none" && oidc) {
    context.addIssue(wrong("auth", "tokens beside oidc: with none, everyone may do everything"));
  }
  if (devices.length > max) context.addIssue(wrong("devices", `at most ${max} devices, which is max_devices`));
  for (const [i, { bus, process, alarms }] of devices.entries()) {
    const isNotified = notify?.webhook !== undefined || notify?.command !== undefined;
    if (!isNotified && alarms.some(({ actions }) => actions.includes("notify"))) {
      context.addIssue({
        ...wrong("alarms", "no alarm with notify while the file has no webhook and no command under notify"),
        path: ["devices", i, "alarms"],
      });
    }
    const issue = (key: string, message: string) =>
      context.addIssue({ ...wrong(key, message), path: ["devices", i, key] });
    if (bus !== undefined && !Object.hasOwn(buses, bus)) {
      issue("bus", `a name under buses, which has ${Object.keys(buses).join(", ") || "none"}`);
    }
    if (bus !== undefined && process !== undefined) {
      issue("process", "no process for a device with a bus, which has one");
    }
  }
});

/**
 * An issue for each device with the id of an earlier device. This check reads the raw value, so that no other fault
 * hides the issue.
 */
export function duplicateIds(yaml: LocatedYaml): LocatedIssue[] {
  const devices = valueAtPath(yaml.value, ["devices"]);
  const first = new Map<string, number>();
  return (Array.isArray(devices) ? devices : []).flatMap((_, index) => {
    const path = ["devices", index, "id"];
    const id = valueAtPath(yaml.value, path);
    if (typeof id !== "string") return [];
    const line = first.get(id);
    if (line === undefined) {
      first.set(id, yaml.placeOf(path).line);
      return [];
    }
    return [valueIssue(yaml, path, `expected an id other than that of line ${line}`)];
  });
}
