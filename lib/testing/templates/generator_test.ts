import assert from "node:assert/strict";
import { assertConforms, checkDriver } from "labdaemon/testing";
import driver from "./generator.ts";

Deno.test("GeneratorTemplate keeps the driver contract", async () => {
  const file = new URL("./generator.ts", import.meta.url);
  assertConforms(await checkDriver(file, { options: { sample_rate: 50 } }));
});

Deno.test("GeneratorTemplate yields a wave of its amplitude", async () => {
  const device = driver.create(driver.params.parse({ amplitude: 2 }));
  const stop = new AbortController();
  const samples: number[] = [];
  for await (const sample of device.stream!(stop.signal, { sample_rate: 1000 })) {
    samples.push(sample as number);
    if (samples.length === 600) stop.abort();
  }
  assert.equal(samples[0], 0);
  assert.ok(Math.max(...samples) > 1.99 && Math.max(...samples) <= 2);
});
