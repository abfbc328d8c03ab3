import { LabError, listed, shortened } from "../errors.ts";
import type { Device } from "./device.ts";
import { assertDeviceId } from "./device_id.ts";

/** The default limit of devices: each has a process and a ring of its own. */
export const DEFAULT_MAX_DEVICES = 500;

/** Called when the bench changes. */
export interface BenchListener {
  added?(device: Device): void;
  removed?(device: Device): void;
  /** A driver was loaded, reloaded or removed, or the error of its file has changed. */
  drivers?(): void;
}

/**
 * The devices of a bench by their ids, in the order in which they were added, up to a limit; and the listeners of the
 * bench.
 */
export class DeviceTable {
  readonly #devices = new Map<string, Device>();
  /** The ids of devices that are being added. */
  readonly #reserved = new Set<string>();
  readonly #listeners = new Set<BenchListener>();
  readonly #maxDevices: number;

  constructor(maxDevices: number) {
    this.#maxDevices = maxDevices;
  }

  /** All devices. */
  get all(): Device[] {
    return [...this.#devices.values()];
  }

  /**
   * Keeps an id for a device that is being added, until the result is disposed.
   *
   * @throws {LabError} `InvalidRequest` for an id of another form, `DeviceExists`, or `Unavailable` at the limit.
   */
  reserve(id: string): Disposable {
    assertDeviceId(id);
    const attempt = `Cannot add device "${id}"`;
    if (this.#devices.has(id) || this.#reserved.has(id)) {
      throw new LabError("DeviceExists", `${attempt}: there is one already`, { context: { device_id: id } });
    }
    if (this.#devices.size + this.#reserved.size >= this.#maxDevices) {
      const found = `the bench has ${this.#maxDevices} devices, its limit; remove one, or raise max_devices`;
      throw new LabError("Unavailable", `${attempt}: ${found}`, { context: { max_devices: this.#maxDevices } });
    }
    this.#reserved.add(id);
    return { [Symbol.dispose]: () => this.#reserved.delete(id) };
  }

  /** Adds a device, and notifies the listeners. */
  add(device: Device): void {
    this.#devices.set(device.id, device);
    for (const { added } of this.#listeners) added?.(device);
  }

  /** False if the device is not, or no longer, the one of its id. */
  has(device: Device): boolean {
    return this.#devices.get(device.id) === device;
  }

  /** Removes a device, and notifies the listeners. */
  delete(device: Device): void {
    this.#devices.delete(device.id);
    for (const { removed } of this.#listeners) removed?.(device);
  }

  /** Notifies the listeners that the drivers have changed. */
  driversChanged(): void {
    for (const { drivers } of this.#listeners) drivers?.();
  }

  /** Notifies `listener` until the returned function is called. */
  listen(listener: BenchListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws {LabError} `DeviceNotFound`; its message lists the known devices. */
  get(id: string): Device {
    const device = this.#devices.get(id);
    if (device) return device;
    const known = listed(this.#devices.keys());
    const name = shortened(id);
    throw new LabError("DeviceNotFound", `Cannot find device "${name}": known devices are ${known}`, {
      context: { device_id: name },
    });
  }
}
