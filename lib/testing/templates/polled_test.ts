import assert from "node:assert/strict";
import { assertConforms, checkDriver } from "labdaemon/testing";
import driver from "./polled.ts";

Deno.test("PolledTemplate keeps the driver contract", async () => {
  const file = new URL("./polled.ts", import.meta.url);
  assertConforms(await checkDriver(file, { options: { sample_rate: 50 } }));
});

Deno.test("PolledTemplate gets warmer while it heats", async () => {
  const device = driver.create(driver.params.parse({ ambient: 20 }));
  const { signal } = new AbortController();
  assert.deepEqual(await device.read!(signal), { temperature: 20, heating: false });
  await driver.methods.heat.run(device, { on: true }, { signal });
  assert.deepEqual(await device.read!(signal), { temperature: 20.5, heating: true });
});
