import { getLogger } from "@logtape/logtape";
import type { Bench, BenchDevice } from "./config.ts";
import { folderUrl } from "./driver/load.ts";
import { asLabError } from "./errors.ts";
import { LabDaemon } from "./daemon.ts";

const logger = getLogger(["labdaemon", "bench"]);

/**
 * A daemon with the drivers and devices of a bench file, nothing connected yet. A device that cannot be made is there
 * all the same, and its error says why.
 *
 * @throws {LabError} `NotFound`, if there is no drivers folder.
 */
export async function openBench(bench: Bench): Promise<LabDaemon> {
  const daemon = new LabDaemon();
  try {
    await daemon.loadDrivers(folderUrl(bench.drivers));
    for (const device of bench.devices) await addDevice(daemon, device);
    return daemon;
  } catch (error) {
    await daemon.shutdown();
    throw error;
  }
}

async function addDevice(daemon: LabDaemon, wanted: BenchDevice): Promise<void> {
  const { id, driver, params, enabled, connect, ...settings } = wanted;
  try {
    const device = await daemon.addDevice(id, driver, params, settings);
    if (!enabled) await device.disable({ resume: connect });
  } catch (thrown) {
    const error = asLabError(thrown, "InternalError");
    daemon.addFailedDevice(id, driver, params, error);
    logger.error("{error}", { error: error.message });
  }
}

/** Connects the devices that the bench file wants connected. Who fails goes on trying by itself; none waits for another. */
export function connectBench(daemon: LabDaemon, bench: Bench): void {
  for (const { id } of bench.devices.filter(({ connect, enabled }) => connect && enabled)) {
    // What goes wrong stands in the device's state and in the log.
    daemon.connectDevice(id).catch(() => {});
  }
}
