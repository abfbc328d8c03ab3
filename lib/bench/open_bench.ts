import { getLogger } from "@logtape/logtape";
import type { Bench, BenchDevice } from "./load_bench.ts";
import { folderUrl } from "../registry/list_driver_files.ts";
import { asLabError } from "../errors.ts";
import type { LoadDriversOptions } from "../registry/registry.ts";
import { LabDaemon } from "../daemon.ts";

/** No longer than this does a driver file keep the others from being served. */
const PATIENCE_MS = 3_000;

const logger = getLogger(["labdaemon", "bench"]);

/**
 * A daemon with the drivers and devices of a bench file, nothing connected yet. A device that cannot be made is there
 * all the same, and its error says why; so is one whose driver still loads after three seconds, and comes to life when it
 * is there.
 *
 * @param options With `watch`, drivers are reloaded when their files change.
 * @throws {LabError} `NotFound`, if there is no drivers folder.
 */
export async function openBench(
  bench: Bench,
  { watch = false, patience = PATIENCE_MS }: LoadDriversOptions = {},
): Promise<LabDaemon> {
  const daemon = new LabDaemon();
  try {
    await daemon.loadDrivers(folderUrl(bench.drivers), { watch, patience });
    for (const device of bench.devices) await addDevice(daemon, device);
    return daemon;
  } catch (error) {
    await daemon.shutdown();
    throw error;
  }
}

async function addDevice(daemon: LabDaemon, wanted: BenchDevice): Promise<void> {
  const { id, driver, params, enabled, connect, ...settings } = wanted;
  const device = await daemon.addDevice(id, driver, params, settings).catch((thrown) => {
    const error = asLabError(thrown, "InternalError");
    logger.error("{error}", { device_id: id, error_type: error.type, error: error.message });
    return daemon.addFailedDevice(id, driver, params, error, { ...settings, connect });
  });
  if (!enabled) await device.disable({ resume: connect });
}

/**
 * Connects the devices that the bench file wants connected. Who fails goes on trying by itself; none waits for another.
 * Resolves when each has been tried once.
 */
export async function connectBench(daemon: LabDaemon, bench: Bench): Promise<void> {
  const wanted = bench.devices.filter(({ connect, enabled }) => connect && enabled);
  // What goes wrong stands in the device's state and in the log.
  await Promise.allSettled(wanted.map(({ id }) => daemon.connectDevice(id)));
}
