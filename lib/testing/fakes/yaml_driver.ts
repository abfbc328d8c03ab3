import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { declaredDriver } from "../../declared/file/declared_driver.ts";
import { type DriverDocument, readDriverFile } from "../../declared/file/read_file.ts";
import type { Driver } from "../../driver/contract.ts";

/**
 * The driver of a YAML file, to be registered and used without a process of its own.
 *
 * @throws {LabError} `DriverError` of type `DriverLoadError`, with the line and column of each fault.
 *
 * @example
 * ```ts
 * import { LabDaemon } from "labdaemon";
 * import { yamlDriver } from "labdaemon/testing";
 *
 * const file = await Deno.makeTempFile({ suffix: ".yaml" });
 * await Deno.writeTextFile(file, "driver: Meter\ntransport: scpi\nvalues: { voltage: { ask: 'MEAS?', unit: V } }");
 *
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Meter: await yamlDriver(file) } });
 * await daemon.addDevice("meter1", "Meter", { host: "192.168.1.20" });
 * ```
 */
export async function yamlDriver(file: string | URL): Promise<Driver> {
  const { source, name } = await read(file);
  return await declaredDriver(source, name);
}

/** The content of a YAML driver. */
export async function yamlDocument(file: string | URL): Promise<DriverDocument> {
  const { source, name } = await read(file);
  return await readDriverFile(source, name);
}

async function read(file: string | URL) {
  const path = resolve(file instanceof URL ? fileURLToPath(file) : file);
  return { source: await Deno.readFile(path), name: path.slice(path.lastIndexOf("/") + 1) };
}
