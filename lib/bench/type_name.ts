import { DRIVER_NAME } from "../driver/define_driver.ts";

/** A device type for the id of a device: `psu-1` is `Psu1`. */
export function typeFor(id: unknown): string | undefined {
  const name = String(id).replace(/(^|\W+)(\w)/g, (_, _gap, letter) => letter.toUpperCase()).replace(/\W/g, "");
  return DRIVER_NAME.test(name) ? name : undefined;
}
