import { deepStrictEqual as equal } from "node:assert/strict";
import type { z } from "zod";
import { DAEMON_OPERATIONS } from "../../lib/http/openapi/daemon_operations.ts";
import { DEVICE_OPERATIONS } from "../../lib/http/openapi/device_operations.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import { createApp } from "../../lib/http/app.ts";
import { deviceStatusSchema } from "../../lib/wire/device.ts";
import { driverStatusSchema } from "../../lib/wire/driver.ts";

/** Schemas drop keys that they do not know: a value that comes through unchanged is described to the last key. */
function isDescribedBy(schema: z.ZodType, value: unknown): void {
  equal(schema.parse(value), value);
}

Deno.test("drivers and devices from files fit their descriptions, failed ones too", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/broken.ts`, "export default 5;");
  await Deno.copyFile(new URL("../../drivers/streaming_daq.ts", import.meta.url), `${folder}/streaming_daq.ts`);
  await using daemon = new LabDaemon();
  await daemon.loadDrivers(folder);
  await Deno.remove(folder, { recursive: true });
  await (await daemon.addDevice("daq1", "StreamingDAQ")).connect();
  const app = createApp(daemon);
  const read = async (path: string) => await (await app.request(path)).json();

  const { drivers: all } = await read("/drivers");
  equal(all.map(({ status }: { status: string }) => status).sort(), ["failed", "loaded"]);
  isDescribedBy(DAEMON_OPERATIONS["GET /drivers"].answer.body!, { drivers: all });
  isDescribedBy(DEVICE_OPERATIONS["GET /devices/{device_id}"].answer.body!, await read("/devices/daq1"));
});

Deno.test("the examples of the description are those of the shipped driver", async () => {
  await using daemon = new LabDaemon();
  await daemon.loadDrivers(new URL("../../drivers/", import.meta.url));
  const device = await daemon.addDevice("daq1", "StreamingDAQ");
  const [driverExample] = driverStatusSchema.meta()!.examples as object[];
  const [deviceExample] = deviceStatusSchema.meta()!.examples as { params: object }[];

  equal(driverExample, daemon.drivers().find(({ name }) => name === "StreamingDAQ"));
  equal(Object.keys(deviceExample).sort(), Object.keys(device.status()).sort());
  equal(deviceExample.params, device.status().params);
  isDescribedBy(DEVICE_OPERATIONS["GET /devices/{device_id}"].answer.body!, deviceExample);
});
