/**
 * Devices of a bench file whose drivers are classes of Python libraries: `driver: pymeasure:package.module.Class`.
 *
 * @module
 */
import { isPackage } from "../registry/files/list_imports.ts";
import { type OwnDriver, typeFor } from "./own_driver.ts";

/** The keys of such a device that make a stream of its properties. */
const STREAM_KEYS = ["sample", "sample_rate"];

type Device = Record<string, unknown>;

/**
 * Finds the devices whose driver is a class of a library. Their device type is the name of the class, `sample` becomes a
 * param, and `sample_rate` an option.
 *
 * @returns The bench file's value with these devices, and the drivers by the positions of their devices.
 */
export function takeLibraryDrivers(value: unknown) {
  const drivers = new Map<number, OwnDriver>();
  const devices = (value as { devices?: unknown } | null)?.devices;
  if (!Array.isArray(devices)) return { value, drivers };
  const names = new Map<string, string>();
  const changed = devices.map((device, index) => {
    if (!isOfLibrary(device)) return device;
    const { sample, sample_rate: rate } = device;
    const key = driverKey(device);
    const name = names.get(key) ?? freeName(device, [...names.values()]);
    names.set(key, name);
    const file = driverUrl(device, name);
    drivers.set(index, { file, located: (error) => error });
    return {
      ...Object.fromEntries(Object.entries(device).filter(([key]) => !STREAM_KEYS.includes(key))),
      driver: name,
      ...sample !== undefined && { params: withKey(device.params, { sample }) },
      ...rate !== undefined && { options: withKey(device.options, { sample_rate: rate }) },
    };
  });
  return { value: { ...value as object, devices: changed }, drivers };
}

function isOfLibrary(device: unknown): device is Device & { driver: string } {
  const { driver } = (device ?? {}) as Device;
  return typeof driver === "string" && isPackage(driver);
}

/**
 * The key of a driver: devices with the same key have one driver. The interface of a QCoDeS instrument can depend on
 * its params.
 */
function driverKey({ driver, params }: Device & { driver: string }): string {
  return driver.startsWith("qcodes:") ? `${driver} ${JSON.stringify(params)}` : driver;
}

/** The name of the class; if another driver has that name, a name made of the device's id. */
function freeName({ driver, id }: Device & { driver: string }, taken: string[]): string {
  const name = classOf(driver);
  return taken.includes(name) ? typeFor(id) ?? name : name;
}

function classOf(driver: string): string {
  return driver.slice(Math.max(driver.lastIndexOf("."), driver.indexOf(":")) + 1);
}

/**
 * The URL of the class. Where its description needs them, it contains the params of the device and the name of its
 * type.
 */
function driverUrl({ driver, params }: Device & { driver: string }, name: string): URL {
  const settings = {
    ...name !== classOf(driver) && { name },
    ...driver.startsWith("qcodes:") && isMapping(params) && { params: withoutReferences(params) },
  };
  const query = Object.keys(settings).length > 0 ? `?${encodeURIComponent(JSON.stringify(settings))}` : "";
  return new URL(`${driver}${query}`);
}

/** The params that stand in the file themselves: others may be secrets. */
function withoutReferences(params: Device): Device {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => !isMapping(value)));
}

function withKey(mapping: unknown, more: Device): unknown {
  return mapping === undefined || mapping === null || isMapping(mapping) ? { ...mapping ?? {}, ...more } : mapping;
}

function isMapping(value: unknown): value is Device {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
