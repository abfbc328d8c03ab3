import { z } from "zod";
import { PrivateMap } from "../access/private_map.ts";
import { timestamp } from "../async/clock.ts";
import type { Device } from "../device/device.ts";
import { LabError } from "../errors.ts";
import { addDeviceRequestSchema } from "../wire/requests.ts";

const keptDeviceSchema = z.object({
  device: addDeviceRequestSchema.omit({ keep: true }),
  kept_at: z.string(),
  kept_by: z.string(),
});
/** A device as it was asked for: its secrets are readable in the file, as in a bench file. */
export type KeptDevice = z.output<typeof keptDeviceSchema>;
type AskedDevice = KeptDevice["device"];

/** The devices that were added on request and outlast the daemon: in `devices.json` of the data folder. */
export class KeptDevices {
  readonly #kept: PrivateMap<KeptDevice> | undefined;
  /** The requests to keep devices, by the devices that they added. */
  readonly #asked = new WeakMap<Device, AskedDevice>();

  /** @param folder The data folder; without one, no device can be kept. */
  constructor(folder?: string) {
    this.#kept = folder === undefined ? undefined : new PrivateMap({
      folder,
      noun: "devices",
      schema: keptDeviceSchema,
      keyOf: ({ device }) => device.device_id,
    });
  }

  /** The file of the kept devices; `undefined` if no device can be kept. */
  get path(): string | undefined {
    return this.#kept?.path;
  }

  /** @throws {LabError} `Unavailable`, if they cannot be read. */
  async list(): Promise<KeptDevice[]> {
    return [...(await this.#kept?.all())?.values() ?? []];
  }

  /**
   * Keeps a device, in place of an earlier one with its id.
   *
   * @param by The name of the requester's token.
   * @throws {LabError} `Unavailable`, if the file cannot be written, or there is no data folder.
   */
  async keep(device: AskedDevice, by: string): Promise<void> {
    const attempt = `Cannot keep "${device.device_id}"`;
    if (!this.#kept) throw new LabError("Unavailable", `${attempt}: this daemon has no data folder`);
    await this.#kept.change(attempt, (all) => {
      all.set(device.device_id, { device, kept_at: timestamp(), kept_by: by });
    });
  }

  /** Notes the request that added a device, so that the device can be kept later. */
  note(device: Device, asked: AskedDevice): void {
    this.#asked.set(device, asked);
  }

  /**
   * Keeps a device that a request added. A device of the bench file stays as it is.
   *
   * @param by The name of the requester's token.
   * @throws {LabError} `InvalidRequest`, if no request added the device; `Unavailable`, if the file cannot be written,
   * or there is no data folder.
   */
  async keepAdded(device: Device, by: string): Promise<void> {
    const asked = this.#asked.get(device);
    if (!asked) {
      if (device.keptIn) return;
      const message = `Cannot keep "${device.id}": no request added it, or it is being removed`;
      throw new LabError("InvalidRequest", message, { context: { device_id: device.id } });
    }
    // From now on, what removes it clears it, after it is written.
    device.keptIn = "data_folder";
    try {
      await this.keep(asked, by);
    } catch (error) {
      const all = await this.list().catch(() => []);
      device.keptIn = all.some((it) => it.device.device_id === device.id) ? "data_folder" : null;
      throw error;
    }
  }

  /**
   * Removes a device from the kept ones. It cannot be kept any more, because it is about to be removed.
   *
   * @throws {LabError} `Unavailable`, if the file cannot be written.
   */
  async clear(device: Device): Promise<void> {
    const asked = this.#asked.get(device);
    this.#asked.delete(device);
    if (device.keptIn !== "data_folder") return;
    try {
      await this.#kept?.change(`Cannot clear the kept device "${device.id}"`, (all) => void all.delete(device.id));
    } catch (error) {
      if (asked) this.#asked.set(device, asked);
      throw error;
    }
  }
}
