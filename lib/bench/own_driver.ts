/**
 * Devices of a bench file that have the keys of a YAML driver themselves: `transport`, `values`, `settings` and others.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { LabError } from "../errors.ts";
import { pathText } from "../format/path_text.ts";
import { inPlaceOrder, issueLine } from "../yaml/located_issues.ts";
import type { LocatedYaml, Path } from "../yaml/located_yaml.ts";
import { DRIVER_NAME } from "../driver/define_driver.ts";

/** The driver of one device alone. */
export interface OwnDriver {
  /** The keys of a YAML driver, as YAML; absent for a class of a Python library. */
  text?: string;
  /** The bench file, with the device's position as its fragment; or the class, as `pymeasure:package.module.Class`. */
  file: URL;
  /** The error of loading it, with the places in the bench file. */
  located(error: LabError): LabError;
}

/**
 * Takes the keys of YAML drivers out of the devices that have a `transport`. Such a device needs no `driver`: its type is
 * named after its id.
 *
 * @param deviceKeys The keys of a device without a driver of its own.
 * @returns The bench file's value without them, and the drivers by the positions of their devices.
 */
export function takeOwnDrivers(value: unknown, yaml: LocatedYaml, file: string, deviceKeys: ReadonlySet<string>) {
  const drivers = new Map<number, OwnDriver>();
  const devices = (value as { devices?: unknown } | null)?.devices;
  if (!Array.isArray(devices)) return { value, drivers };
  const rest = devices.map((device, index) => {
    if (typeof device !== "object" || device === null || !Object.hasOwn(device, "transport")) return device;
    const entries = Object.entries(device);
    const driver = device.driver ?? typeFor(device.id);
    const own = entries.filter(([key]) => !deviceKeys.has(key));
    drivers.set(index, {
      text: JSON.stringify({ driver, ...Object.fromEntries(own) }),
      file: new URL(`#${index}`, pathToFileURL(file)),
      located: (error) => located(error, yaml, file, ["devices", index]),
    });
    return { ...Object.fromEntries(entries.filter(([key]) => deviceKeys.has(key))), driver };
  });
  return { value: { ...value as object, devices: rest }, drivers };
}

/** A device type for the id of a device: `psu-1` is `Psu1`. */
export function typeFor(id: unknown): string | undefined {
  const name = String(id).replace(/(^|\W+)(\w)/g, (_, _gap, letter) => letter.toUpperCase()).replace(/\W/g, "");
  return DRIVER_NAME.test(name) ? name : undefined;
}

/** One fault, as the driver's process reports it: its place is in the JSON text. */
interface Issue {
  path: string;
  message: string;
}

function located(error: LabError, yaml: LocatedYaml, file: string, device: Path): LabError {
  const { issues } = error.context as { issues?: Issue[] };
  if (!Array.isArray(issues) || issues.length === 0) return error;
  const places = issues.map(({ path, message }) => {
    const whole = [...device, ...stepsOf(path)];
    const { line, column } = yaml.placeOfKey(whole);
    return { line, column, path: pathText(whole), message };
  });
  const texts = inPlaceOrder(places).map((issue) => issueLine(file, issue));
  return new LabError(error.code, texts.join("\n"), { type: error.type, context: { file } });
}

/** The steps of a path that was written as `safe[0].x`. */
function stepsOf(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([text, item]) => item === undefined ? text : Number(item));
}
