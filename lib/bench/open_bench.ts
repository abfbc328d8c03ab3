import { getLogger } from "@logtape/logtape";
import type { Bench, BenchDevice } from "./bench.ts";
import { folderUrl } from "../registry/files/list_driver_files.ts";
import { asLabError, type LabError } from "../errors.ts";
import type { LoadDriversOptions } from "../registry/driver_folder.ts";
import { type DaemonOptions, LabDaemon } from "../daemon.ts";

/** The time that a slow driver file may delay the start of the server. */
const PATIENCE_MS = 3_000;

const logger = getLogger(["labdaemon", "bench"]);

/**
 * Makes a daemon with the drivers and devices of a bench file. No device is connected yet. A device that cannot be made
 * is added as faulted, with the error; so is a device whose driver still loads after three seconds. Such a device is
 * made as soon as its driver is loaded.
 *
 * @param options With `watch`, drivers are reloaded when their files change. `descriptions` keeps the drivers'
 * descriptions.
 * @throws {LabError} `NotFound`, if there is no drivers folder.
 */
export async function openBench(
  bench: Bench,
  { watch = false, patience = PATIENCE_MS, descriptions }: LoadDriversOptions & Pick<DaemonOptions, "descriptions"> =
    {},
): Promise<LabDaemon> {
  const { grants, buses, maxDevices, python, data } = bench;
  const daemon = new LabDaemon({ grants, buses, maxDevices, python, recordings: `${data}/recordings`, descriptions });
  try {
    await daemon.loadDrivers(folderUrl(bench.drivers), { watch, patience });
    await addDevices(daemon, bench.devices, await loadOwnDrivers(daemon, bench));
    return daemon;
  } catch (error) {
    await daemon.shutdown();
    throw error;
  }
}

/**
 * Loads the devices' own drivers; a driver that several devices have, once. Resolves with the errors of drivers that
 * cannot be used, by the ids of their devices.
 */
async function loadOwnDrivers(daemon: LabDaemon, { devices }: Bench): Promise<Map<string, LabError>> {
  const failed = new Map<string, LabError>();
  const loading = new Map<string, Promise<void>>();
  await Promise.all(devices.map(async ({ id, ownDriver }) => {
    if (!ownDriver) return;
    const { text, file } = ownDriver;
    const loaded = loading.get(file.href) ??
      (text === undefined ? daemon.loadPackageDriver(file.href) : daemon.loadYamlDriver(text, file));
    loading.set(file.href, loaded);
    await loaded.catch((error) => {
      failed.set(id, ownDriver.located(asLabError(error, "InternalError")));
    });
  }));
  return failed;
}

/**
 * Adds the devices in their order. Their checks run at the same time, so that drivers that hang delay the start by 10 s
 * in all, not by 10 s each. `refused` has the errors of the devices that cannot be added.
 */
async function addDevices(
  daemon: LabDaemon,
  devices: readonly BenchDevice[],
  refused: ReadonlyMap<string, LabError>,
): Promise<void> {
  const added: Promise<void>[] = [];
  for (const device of devices) added.push(addDevice(daemon, device, added.at(-1), refused.get(device.id)));
  await Promise.all(added);
}

async function addDevice(
  daemon: LabDaemon,
  { id, driver, params, enabled, connect, ownDriver: _, record: __, retention: ___, ...settings }: BenchDevice,
  after?: Promise<void>,
  refused?: LabError,
): Promise<void> {
  const adding = refused ? Promise.reject(refused) : daemon.addDevice(id, driver, params, { ...settings, after });
  const device = await adding.catch(async (thrown) => {
    await after;
    const error = asLabError(thrown, "InternalError");
    logger.error("{error}", { device_id: id, error_type: error.type, error: error.message });
    return daemon.addFailedDevice(id, driver, params, error, { ...settings, connect });
  });
  device.keptIn = "bench_file";
  if (!enabled) await device.disable({ resume: connect });
}

/**
 * Connects the devices of the bench file and those that are kept in the data folder, all at the same time. Resolves when each
 * was tried once; a device that fails keeps trying.
 */
export async function connectBench(daemon: LabDaemon, bench: Bench): Promise<void> {
  const devices = bench.devices.filter(({ connect, enabled }) => connect && enabled).map(({ id }) =>
    daemon.getDevice(id)
  );
  const kept = daemon.devices().filter((device) => device.keptIn === "data_folder" && !device.status().disabled);
  // Failures are in the state of the device and in the log.
  await Promise.allSettled([...devices, ...kept].map((device) => device.connect()));
}
