import {
  grantPermissions,
  missingPermissions,
  type PermissionGrants,
  permissionsWithin,
  unitePermissions,
  withAbsolutePaths,
} from "../host/grants.ts";
import { checkPermissions } from "../host/permissions.ts";
import { grantLine } from "../format/grant_line.ts";
import type { JsonSchema, Permissions } from "../wire/driver.ts";
import { checkInput, type InputCheck } from "./check_input.ts";
import type { DriverSource } from "./driver_source.ts";
import type { Host, HostEvents } from "../host/host.ts";
import type { HostProgram } from "../host/python_host.ts";
import { recordingFolders } from "./recording_params.ts";
import { maskSecretsIn } from "./secrets.ts";
import { SecretIndex } from "../format/secret_index.ts";
import { secretsIn } from "../format/secrets.ts";

/** All that is needed to make one device: its driver, valid params, and the permissions that its process gets. */
export interface Plan {
  source: DriverSource;
  /** Valid, with defaults. */
  params: Record<string, unknown>;
  /** The given params, with folders in place of recordings' ids, for the driver. By default, those of the input. */
  given?: Record<string, unknown>;
  permissions: Permissions;
  /** The comparison with the check by the device's own process. Absent: the answer must not be kept. */
  check?: InputCheck;
  /** The permissions that its driver asks for and does not get. */
  missing?: Permissions;
  /** The line under `grants:` by which its driver would get all that it asks for. Absent for an inline driver. */
  line?: Permissions;
  /** The plan's own input, to plan the same device with another version of its driver. */
  input: PlanInput;
  /** The devices that share a process with it. Absent: it has a process of its own. */
  group?: DeviceGroup;
  /** True if no second try can succeed: the device is faulted at the first failure. */
  noRetry?: boolean;
}

/** The line of the bench file by which a device's driver gets what it was not granted; `undefined` if it has all. */
export function missingGrantLine({ missing = {}, line = {}, source }: Plan): string | undefined {
  return Object.keys(missing).length > 0 ? grantLine(source.description.name, line) : undefined;
}

/** The schema of a plan's params by which its secrets are found: the driver's, with those of the bench file marked. */
export function paramsSchema({ source: { description }, input }: Pick<Plan, "source" | "input">): JsonSchema {
  return input.secrets ? { allOf: [description.params, input.secrets] } : description.params;
}

/** Masks the secrets of a plan's params in an error's message, type and context. Returns the error. */
export function maskSecretsOf<Thrown>(plan: Plan, thrown: Thrown): Thrown {
  return maskSecretsIn(thrown, plan.params, paramsSchema(plan));
}

/** A text of the driver for others to see: `********` in the place of the secrets of a plan's params. */
export function textWithoutSecrets(plan: Plan, text: string): string {
  return new SecretIndex(secretsIn(plan.params, paramsSchema(plan))).removeFrom(text);
}

/** The input of a plan, besides the driver. */
export interface PlanInput {
  params: Record<string, unknown>;
  /** Marks the secret params by their sources, besides those that the driver's schema marks. */
  secrets?: JsonSchema;
  options?: Record<string, unknown>;
  /** The bench file's changes of the permissions of this device. */
  grants?: PermissionGrants;
  /** The bench file's permissions of all drivers. */
  driverGrants?: DriverGrants;
  /** The folder of the recordings that params may name. */
  recordings?: string;
  /** Where the device runs. */
  place?: SharedProcess;
}

/** The devices that share a process, or a few. */
export interface DeviceGroup {
  /** For people: `bus "rs485"`. */
  readonly name: string;
  /** The process in which a device runs, or would run next. */
  processOf(id: string): GroupProcess;
  /** The other devices whose connections end for a moment when a device with this plan connects. */
  disturbedBy(id: string, plan: Plan): string[];
  /** Starts a host for a device, as {@linkcode DriverSource.open} does. */
  open(id: string, plan: Plan, events: HostEvents, signal?: AbortSignal): Promise<Host>;
}

/** A process of a group. */
export interface GroupProcess {
  /** The ids of its devices. */
  ids: string[];
  /** The permissions of the process: those of all its devices. */
  permissions: Permissions;
  /** The memory limit of the process, in bytes. */
  memoryBytes: number;
}

/** The kind of a group of devices. */
export interface GroupOptions {
  /** True if the devices need not be in one process. */
  mayDivide?: boolean;
  /** The only driver whose devices may be in the group. */
  driver?: string;
  /** The program that runs its devices; absent for Deno. */
  program?: HostProgram;
}

/** The process that a device shares, as the bench file says it. */
export interface SharedProcess {
  groups: { get(name: string, options?: GroupOptions): DeviceGroup };
  /** The name of a process. */
  process?: string;
  /** A bus, and the params for its devices. */
  bus?: { name: string; params: Readonly<Record<string, unknown>> };
}

/** The lines under `grants:` of the bench file, by the names of drivers: the most that a driver gets. */
export type DriverGrants = Readonly<Record<string, Permissions>>;

/** A user of a driver: a device, as far as the registry knows it. */
export interface DriverUser {
  readonly id: string;
  /** The present plan. */
  readonly plan: Plan;
  /** The options of the run that is desired; `undefined` if it is not to stream. The same object until they change. */
  readonly run: Record<string, unknown> | undefined;
  /**
   * Goes on with another plan: a new version of its driver, or another driver. Returns at once. If it is connected, it
   * closes the instrument and opens it again by the new plan, back to its desired state.
   */
  replacePlan(plan: Plan): void;
  /** Makes `disconnected` the desired state. Resolves when it is reached. */
  disconnect(): Promise<void>;
}

/**
 * Checks params and options against a driver, and grants permissions.
 *
 * @param attempt The beginning of an error's message: `Cannot add device "daq1"`.
 * @throws {LabError} `InvalidRequest`, if they do not fit.
 */
export async function planDevice(
  source: DriverSource,
  input: PlanInput,
  attempt: string,
): Promise<Plan> {
  const { options = {}, grants, driverGrants = {}, place, recordings: root } = input;
  const named = paramsOf(source, input);
  const folders = await recordingFolders(named, source.description.params, { root, attempt });
  const given = { ...named, ...folders };
  const schema = paramsSchema({ source, input });
  const checked = async () => {
    const all = await checkInput(source, { params: given, options, schema }, attempt);
    checkPermissions(all.found.permissions);
    return all;
  };
  const { found: { params: valid, permissions: asked, bus }, check } = await checked().catch((error) => {
    throw maskSecretsIn(error, given, schema);
  });
  const params = { ...valid };
  for (const name of Object.keys(folders)) params[name] = named[name];
  if (source.isInline) return { source, params, given, permissions: asked, input };
  const { granted, missing, line } = grantTo(source.description.name, asked, driverGrants, grants?.add);
  const { add = {}, only = {} } = grants ?? {};
  const permissions = grantPermissions(granted, { add: fromHere(add), only: fromHere(only) });
  return { source, params, given, permissions, check, missing, line, input, group: await groupOf(source, place, bus) };
}

/** The params of a device: its own, and those of its bus for which the driver has a param of that name. */
function paramsOf({ description }: DriverSource, { params, place }: PlanInput): Record<string, unknown> {
  const { properties = {} } = description.params as { properties?: Record<string, unknown> };
  const shared = Object.entries(place?.bus?.params ?? {}).filter(([name]) => Object.hasOwn(properties, name));
  return { ...Object.fromEntries(shared), ...params };
}

/**
 * The group of a device. Devices of one process have each other's permissions and secrets: the bench file puts any
 * together, and a driver by itself only its own. YAML drivers run no code of their own, so those of a transport are
 * together, to save memory; they share connections only where they have the same address.
 */
async function groupOf({ shareable, description }: DriverSource, place?: SharedProcess, bus?: string | null) {
  if (!place || !shareable) return undefined;
  const { groups, process, bus: given } = place;
  const program = await shareable.program?.();
  if (process !== undefined) return groups.get(`process "${process}"`, { program });
  if (given) return groups.get(`bus "${given.name}"`, { program });
  if (!bus) return undefined;
  return groups.get(`bus "${bus}"`, shareable.isText ? { mayDivide: true } : { driver: description.name, program });
}

/**
 * Permissions whose relative paths, which are of the working directory, are absolute: a bench file has paths of its own
 * folder.
 */
function fromHere(permissions: Permissions): Permissions {
  checkPermissions(permissions);
  return withAbsolutePaths(permissions, ".");
}

/** The permissions of a driver that asks for `asked`, with absolute paths. Those that `add` grants to its device are not missing. */
export function grantTo(name: string, asked: Permissions, grants: DriverGrants, add: Permissions = {}) {
  const found = Object.hasOwn(grants, name) ? fromHere(grants[name]) : undefined;
  const wanted = fromHere(asked);
  const granted = permissionsWithin(found, wanted);
  const missing = missingPermissions(wanted, unitePermissions(granted, fromHere(add)));
  return { granted, missing, line: unitePermissions(found ?? granted, missing) };
}
