import { LabError, listed, shortened } from "../errors.ts";
import type { PermissionGrants } from "../host/grants.ts";
import { FailedDriver } from "../registry/failed_driver.ts";
import { type DriverGrants, type Plan, planDevice, type PlanInput } from "../registry/plan.ts";
import type { GroupMember } from "../registry/process_group.ts";
import { ProcessGroups } from "../registry/process_groups.ts";
import type { Registry } from "../registry/registry.ts";
import type { JsonSchema } from "../wire/driver.ts";
import { consoleOf } from "./supervisor/driver_console.ts";
import type { SomeSettings } from "./supervisor/settings.ts";

/**
 * The settings and permissions of a new device.
 *
 * @example A device that streams only after an explicit start, and may take its time to connect
 * ```ts
 * import { type AddDeviceOptions, LabDaemon } from "labdaemon";
 *
 * const options: AddDeviceOptions = { streaming: "manual", limits: { connectMs: 30_000 } };
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Lamp: class {} } });
 * const lamp = await daemon.addDevice("lamp1", "Lamp", {}, options);
 * console.assert(lamp.state === "disconnected");
 * ```
 */
export interface AddDeviceOptions extends SomeSettings {
  /**
   * Added to, or removed from, the permissions that the driver is granted. These changes hold for the id as long as the
   * daemon runs: if the device is removed and added again without them, they still apply, `add` only with the same
   * driver.
   */
  permissions?: PermissionGrants;
  /** A schema that marks params as `secret: true`, beside those that the driver's own schema marks. */
  secrets?: JsonSchema;
  /** The device is checked at once, and added when this has settled: devices that are checked side by side keep an order. */
  after?: Promise<unknown>;
  /**
   * The device's bus: one of {@linkcode PlannerOptions.buses}. The devices of a bus share a process and the params of
   * the bus, as far as their drivers have params of these names.
   */
  bus?: string;
  /** The process that the device shares with all others of this name, if it is on no bus. */
  process?: string;
}

/** The settings of a device that could not be made. */
export interface FailedDeviceOptions extends AddDeviceOptions {
  /**
   * True if the device is connected as soon as its driver can be used.
   *
   * @default {true}
   */
  connect?: boolean;
}

/** The bench's part in the plans of its devices. */
export interface PlannerOptions {
  /**
   * The most that each driver gets, by its name. It gets the part that it asks for. A driver without a line here gets
   * `net` to named hosts with ports, `read` of named paths, and serial ports. Drivers that a script registers run in
   * its process, with its permissions.
   *
   * @default {{}}
   */
  grants?: DriverGrants;
  /**
   * The buses, by their names: the params that each gives to its devices.
   *
   * @default {{}}
   */
  buses?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * The folder of the recordings, which a param whose schema has the format `recording` names by their ids.
   *
   * @default {undefined}
   */
  recordings?: string;
}

type PlannerSettings = Required<Omit<PlannerOptions, "recordings">> & Pick<PlannerOptions, "recordings">;

/** Plans devices: finds their drivers, checks their params and grants their permissions. */
export class Planner {
  readonly #registry: Registry;
  readonly #options: PlannerSettings;
  readonly #groups: ProcessGroups;
  /** The permissions that were given with a device's id, and the device type that they were given for. */
  readonly #permissions = new Map<string, { type: string; grants: PermissionGrants }>();

  /** @param devices All devices of the bench. */
  constructor(registry: Registry, options: PlannerSettings, devices: () => GroupMember[]) {
    this.#registry = registry;
    this.#options = options;
    this.#groups = new ProcessGroups(devices, consoleOf);
  }

  /**
   * Plans a device with the present version of its driver.
   *
   * @throws {LabError} `DeviceTypeNotFound`, or `InvalidRequest` for params, options or a bus that do not fit.
   */
  async plan(
    id: string,
    type: string,
    params: Record<string, unknown>,
    options: AddDeviceOptions = {},
  ): Promise<Plan> {
    const attempt = `Cannot add device "${id}"`;
    const input = this.#input(id, type, params, options);
    return await planDevice(this.#registry.get(type, attempt), input, attempt);
  }

  /** True if the driver of a plan was not replaced since. @throws {LabError} `DeviceTypeNotFound`, if it is gone. */
  isCurrent(id: string, { source }: Plan): boolean {
    return this.#registry.get(source.description.name, `Cannot add device "${id}"`) === source;
  }

  /**
   * Plans a device that could not be made, for the reason `error`.
   *
   * @throws {LabError} `InvalidRequest`, if there is no such bus.
   */
  planFailed(
    id: string,
    type: string,
    params: Record<string, unknown>,
    error: LabError,
    { connect, ...options }: FailedDeviceOptions = {},
  ): Plan {
    return new FailedDriver(type, error, { connect }).plan(this.#input(id, type, params, options));
  }

  #input(
    id: string,
    type: string,
    params: Record<string, unknown>,
    { permissions, secrets, options, bus, process }: AddDeviceOptions,
  ): PlanInput {
    const place = { groups: this.#groups, process, ...bus !== undefined && { bus: this.#bus(id, bus) } };
    if (permissions) this.#permissions.set(id, { type, grants: permissions });
    const given = this.#permissions.get(id);
    const grants = given?.type === type ? given.grants : { only: given?.grants.only };
    return {
      params,
      secrets,
      options,
      grants,
      driverGrants: this.#options.grants,
      recordings: this.#options.recordings,
      place,
    };
  }

  /** @throws {LabError} `InvalidRequest`, if there is no such bus. */
  #bus(id: string, name: string) {
    const { buses } = this.#options;
    if (Object.hasOwn(buses, name)) return { name, params: buses[name] };
    const known = listed(Object.keys(buses));
    const message = `Cannot add device "${id}": there is no bus "${shortened(name)}"; known buses are ${known}`;
    throw new LabError("InvalidRequest", message);
  }
}
