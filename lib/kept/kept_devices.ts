import { z } from "zod";
import { PrivateMap } from "../access/private_map.ts";
import { timestamp } from "../async/clock.ts";
import { LabError } from "../errors.ts";
import { type AddDeviceRequest, addDeviceRequestSchema } from "../wire/requests.ts";

const keptDeviceSchema = z.object({
  device: addDeviceRequestSchema.omit({ keep: true }),
  kept_at: z.string(),
  kept_by: z.string(),
});
/** A device as it was asked for: its secrets are readable in the file, as in a bench file. */
export type KeptDevice = z.output<typeof keptDeviceSchema>;

/** The devices that were added on request and outlast the daemon: in `devices.json` of the data folder. */
export class KeptDevices {
  readonly #kept: PrivateMap<KeptDevice> | undefined;

  /** @param folder The data folder; without one, no device can be kept. */
  constructor(folder?: string) {
    this.#kept = folder === undefined ? undefined : new PrivateMap({
      folder,
      noun: "devices",
      schema: keptDeviceSchema,
      keyOf: ({ device }) => device.device_id,
    });
  }

  /** @throws {LabError} `Unavailable`, if they cannot be read. */
  async list(): Promise<KeptDevice[]> {
    return [...(await this.#kept?.all())?.values() ?? []];
  }

  /**
   * Keeps a device, in place of one of its id.
   *
   * @param by The name of the token of who asks.
   * @throws {LabError} `Unavailable`, if it cannot be written, or there is no data folder.
   */
  async keep(device: Omit<AddDeviceRequest, "keep">, by: string): Promise<void> {
    const attempt = `Cannot keep "${device.device_id}"`;
    if (!this.#kept) throw new LabError("Unavailable", `${attempt}: this daemon has no data folder`);
    await this.#kept.change(attempt, (all) => {
      all.set(device.device_id, { device, kept_at: timestamp(), kept_by: by });
    });
  }

  /**
   * Clears a device, if it is kept.
   *
   * @throws {LabError} `Unavailable`, if that cannot be written.
   */
  async clear(id: string): Promise<void> {
    await this.#kept?.change(`Cannot clear the kept device "${id}"`, (all) => void all.delete(id));
  }
}
