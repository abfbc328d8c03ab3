import assert from "node:assert/strict";
import { assertConforms, checkDriver } from "labdaemon/testing";
import driver from "./push.ts";

Deno.test("PushTemplate keeps the driver contract", async () => {
  const file = new URL("./push.ts", import.meta.url);
  assertConforms(await checkDriver(file, { options: { sample_rate: 50 } }));
});

Deno.test("PushTemplate counts from 1, and from 1 again after a reset", async () => {
  const device = driver.create({});
  const { signal } = new AbortController();
  for (const _ of ["first", "after the reset"]) {
    const first = Promise.withResolvers<unknown>();
    await device.startStreaming!(first.resolve, { sample_rate: 200 });
    assert.equal(device.isStreaming!(), true);
    assert.equal(await first.promise, 1);
    await device.stopStreaming!(1_000);
    assert.equal(device.isStreaming!(), false);
    await driver.methods.reset.run(device, {}, { signal });
  }
});
