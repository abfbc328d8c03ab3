/**
 * Fake instruments of YAML drivers.
 *
 * @module
 */
import type { DriverDocument } from "../../declared/file/read_file.ts";
import { LabError } from "../../errors.ts";
import type { StartFake, YamlFake } from "./fake.ts";
import { httpFake } from "./http.ts";
import { linesFake } from "./lines.ts";
import { modbusFake } from "./modbus.ts";
import { mqttFake } from "./mqtt.ts";
import { scpiFake } from "./scpi.ts";
import { udpFake } from "./udp.ts";
import { yamlDocument } from "./yaml_driver.ts";

export type { FakeValue, YamlFake } from "./fake.ts";
export { yamlDriver } from "./yaml_driver.ts";

/** The fake instruments by transport. */
const FAKES: Readonly<Record<string, StartFake>> = {
  http: httpFake,
  lines: linesFake,
  modbus: modbusFake,
  mqtt: mqttFake,
  scpi: scpiFake,
  udp: udpFake,
};

/**
 * Starts a fake instrument that behaves as a YAML driver says: it answers the questions, takes the settings, and refuses
 * those beyond the limits. It begins with the `example` of each value, or with a number within its limits.
 *
 * @param file The driver file.
 * @throws {LabError} `DriverError`, if the file is no valid driver; `InvalidRequest`, if no fake can be made of it.
 *
 * @example
 * ```ts
 * import { connectLines } from "labdaemon/driver";
 * import { fakeFromYaml } from "labdaemon/testing";
 *
 * const file = await Deno.makeTempFile({ suffix: ".yaml" });
 * await Deno.writeTextFile(file, "driver: Meter\ntransport: scpi\nvalues: { voltage: { ask: 'MEAS?', example: 1.25 } }");
 *
 * await using meter = await fakeFromYaml(file);
 * const { host: hostname, port } = meter.params as { host: string; port: number };
 * using connection = await connectLines({ hostname, port });
 * console.assert(await connection.query("MEAS?") === "1.25");
 * ```
 */
export async function fakeFromYaml(file: string | URL): Promise<YamlFake> {
  const document: DriverDocument = await yamlDocument(file);
  const start = FAKES[document.transport.name];
  if (start) return await start(document);
  const message =
    `Cannot make a fake instrument of ${file}: there is none for the transport ${document.transport.name}`;
  throw new LabError("InvalidRequest", message);
}
