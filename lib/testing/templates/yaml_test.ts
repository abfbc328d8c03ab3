import assert from "node:assert/strict";
import { assertConforms, checkDriver, fakeFromYaml, yamlDriver } from "labdaemon/testing";
import { LabDaemon } from "labdaemon";

const file = new URL("./yaml.yaml", import.meta.url);

Deno.test("YamlTemplate keeps the driver contract, and survives the loss of its instrument", async () => {
  await using instrument = await fakeFromYaml(file);
  const { params } = instrument;
  assertConforms(await checkDriver(file, { params, options: { sample_rate: 10 }, instrument }));
});

Deno.test("YamlTemplate streams what its instrument measures", async () => {
  await using instrument = await fakeFromYaml(file);
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { YamlTemplate: await yamlDriver(file) } });
  const device = await daemon.addDevice("device1", "YamlTemplate", instrument.params);
  await device.connect();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  await device.startStreaming(resolve, { sample_rate: 10 });
  assert.deepEqual(await promise, { voltage: 4.998, current: 0.251 });
});

Deno.test("YamlTemplate reads its setpoint back, and sends none beyond the limits", async () => {
  await using instrument = await fakeFromYaml(file);
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { YamlTemplate: await yamlDriver(file) } });
  const device = await daemon.addDevice("device1", "YamlTemplate", instrument.params);
  await device.connect();
  await device.setProperty("setpoint", 12.5);
  assert.equal(instrument.get("setpoint"), 12.5);
  assert.equal(await device.getProperty("setpoint"), 12.5);
  await assert.rejects(device.setProperty("setpoint", 31));
  assert.equal(instrument.get("setpoint"), 12.5);
});
