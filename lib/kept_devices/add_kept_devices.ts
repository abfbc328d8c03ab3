import { getLogger } from "@logtape/logtape";
import { settingsOf } from "../bench/device_settings.ts";
import type { LabDaemon } from "../daemon.ts";
import type { Device } from "../device/device.ts";
import { asLabError, messageOf } from "../errors.ts";
import type { UnreadableFile } from "../wire/server.ts";
import type { KeptDevice, KeptDevices } from "./kept_devices.ts";

const logger = getLogger(["labdaemon", "bench"]);

/**
 * Adds the kept devices to those of the bench file. If both have a device of one id, the bench file wins. A device that
 * cannot be made is added as faulted, with the error. If the kept devices cannot be read, the daemon starts without
 * them, and the log has the reason.
 *
 * @param options With `disabled`, each device must be enabled before it can be connected. `unreadable` gets the file if it
 * cannot be read.
 */
export async function addKeptDevices(
  daemon: LabDaemon,
  kept: KeptDevices,
  { disabled = false, unreadable = [] }: { disabled?: boolean; unreadable?: UnreadableFile[] } = {},
): Promise<void> {
  const all = await kept.list().catch((error) => {
    const message = `${messageOf(error)}; the daemon starts without them`;
    logger.error("{error}", { error: message });
    unreadable.push({ file: kept.path ?? "", message });
    return [];
  });
  const inFile = new Set(daemon.devices().map(({ id }) => id));
  const added: Promise<void>[] = [];
  for (const { device } of all) {
    const { device_id } = device;
    if (!inFile.has(device_id)) added.push(addDevice(daemon, device, disabled, added.at(-1)));
    else {
      logger.warn(`"{device_id}" is in the bench file: the device of that id in the data folder is not added`, {
        device_id,
      });
    }
  }
  await Promise.all(added);
}

async function addDevice(
  daemon: LabDaemon,
  { device_id, device_type, params, ...settings }: KeptDevice["device"],
  disabled: boolean,
  after?: Promise<void>,
): Promise<void> {
  const adding = async (): Promise<Device> =>
    await daemon.addDevice(device_id, device_type, params ?? {}, { ...settingsOf(settings), after });
  const device = await adding().catch(async (thrown) => {
    await after;
    const error = asLabError(thrown, "InternalError");
    logger.error("{error}", { device_id, error_type: error.type, error: error.message });
    return daemon.addFailedDevice(device_id, device_type, params ?? {}, error, { connect: true });
  });
  device.keptIn = "data_folder";
  if (disabled) await device.disable({ resume: true });
}
