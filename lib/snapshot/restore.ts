import { isDeepStrictEqual } from "node:util";
import type { CommandOrigin } from "../device/commands.ts";
import type { Device } from "../device/device.ts";
import { asLabError, LabError, type LabErrorCode, shortened } from "../errors.ts";
import type { RestoreAnswer, RestoreRequest } from "../wire/snapshot.ts";

type DeviceEntry = RestoreRequest["devices"][number];

/** The errors of a device after which its other properties are not tried. */
const UNREACHABLE: ReadonlySet<LabErrorCode> = new Set([
  ...["DeviceTimeout", "CommandExpired", "DeviceNotConnected", "DeviceDisabled", "DeviceFaulted"] as const,
]);

/** A reason quotes no longer value. */
const MAX_VALUE_CHARS = 100;

/** A warning quotes so much of the hash of a driver. */
const HASH_CHARS = 12;

/** The options of restoring a snapshot. */
export interface RestoreOptions {
  /**
   * True to get the differences, and set nothing.
   *
   * @default {false}
   */
  dryRun?: boolean;
}

/** Restores devices, one after the other. */
export class Restore {
  readonly #changes: RestoreAnswer["changes"] = [];
  readonly #skipped: RestoreAnswer["skipped"] = [];
  readonly #warnings: string[] = [];
  readonly #find: (id: string) => Device;
  readonly #dryRun: boolean;
  readonly #origin: CommandOrigin | undefined;

  /** @param find Finds a device, or throws. */
  constructor(
    find: (id: string) => Device,
    { dryRun = false, origin }: RestoreOptions & { origin?: CommandOrigin } = {},
  ) {
    this.#find = find;
    this.#dryRun = dryRun;
    this.#origin = origin;
  }

  /**
   * Sets the properties that differ, device by device as listed, those of a device in the order in which its driver
   * declares them.
   */
  async run(devices: readonly DeviceEntry[]): Promise<RestoreAnswer> {
    for (const entry of devices) await this.#restore(entry);
    return { changes: this.#changes, skipped: this.#skipped, warnings: this.#warnings };
  }

  async #restore({ device_id, device_type, driver, properties }: DeviceEntry): Promise<void> {
    const skipAll = (error: unknown) => {
      for (const name of Object.keys(properties)) this.#skip(device_id, name, error);
    };
    let device: Device;
    try {
      device = this.#find(device_id);
    } catch (error) {
      return skipAll(error);
    }
    if (device_type && device_type !== device.type) {
      const message = `Cannot restore "${device_id}": it is a ${device.type}, and was a ${device_type}`;
      return skipAll(new LabError("InvalidRequest", message));
    }
    const hash = device.plan.source.fileVersion?.hash;
    if (hash && driver?.hash && driver.hash !== hash) {
      const versions = `${shortened(driver.hash, HASH_CHARS)}, and is ${hash.slice(0, HASH_CHARS)}`;
      this.#warnings.push(`"${device_id}" has another version of its driver: it was ${versions} now`);
    }
    const names = device.properties.list.map(({ name }) => name).filter((name) => Object.hasOwn(properties, name));
    const unknown = Object.keys(properties).filter((name) => !names.includes(name));
    let failure: unknown;
    for (const name of [...names, ...unknown]) {
      try {
        if (failure) throw failure;
        await this.#set(device, name, properties[name]);
      } catch (error) {
        this.#skip(device_id, name, error);
        // Each further property of a device that does not answer would take as long.
        if (error instanceof LabError && UNREACHABLE.has(error.code)) failure = error;
      }
    }
  }

  /** @throws {LabError} if the property cannot be read or set. */
  async #set(device: Device, name: string, target: unknown): Promise<void> {
    const { id: device_id, properties } = device;
    const before = await properties.read(name);
    const isKnown = before.timestamp !== null;
    if (isKnown && isDeepStrictEqual(before.value, target)) return;
    const { value: from } = properties.shown(before);
    if (this.#dryRun && properties.list.some((it) => it.name === name && it.writable)) {
      const { value: to } = properties.shown({ ...before, value: target });
      this.#changes.push({ device_id, name, from, to });
      return;
    }
    const after = await properties.write(name, target, { origin: this.#origin });
    const { value: to } = properties.shown(after);
    if (!isKnown || !isDeepStrictEqual(before.value, after.value)) this.#changes.push({ device_id, name, from, to });
    if (isDeepStrictEqual(after.value, target)) return;
    const asked = properties.shown({ ...after, value: target }).value;
    const why = `it was set to ${textOf(asked)}, and the instrument says ${textOf(to)}`;
    this.#skipped.push({ device_id, name, why, type: "NotTaken" });
  }

  #skip(device_id: string, name: string, thrown: unknown): void {
    const { message: why, type } = asLabError(thrown, "InternalError");
    this.#skipped.push({ device_id, name, why, type });
  }
}

function textOf(value: unknown): string {
  return shortened(JSON.stringify(value) ?? "null", MAX_VALUE_CHARS);
}
