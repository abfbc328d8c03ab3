import assert from "node:assert/strict";
import { assertConforms, checkDriver, fakeInstrument, fakeSerialPort } from "labdaemon/testing";
import driver from "./serial.ts";

const answers = { "*IDN?": "ACME,Supply,1,2.0", "MEAS:VOLT?": "1.25" };
const file = new URL("./serial.ts", import.meta.url);

Deno.test("SerialTemplate keeps the driver contract, and survives the loss of its instrument", async () => {
  await using instrument = fakeInstrument({ answers });
  await using cable = await fakeSerialPort(instrument);
  const params = { port: cable.path };
  assertConforms(await checkDriver(file, { params, options: { sample_rate: 5 }, instrument: cable }));
});

Deno.test("SerialTemplate throws for an answer that is not a number", async () => {
  await using instrument = fakeInstrument({ answers });
  await using cable = await fakeSerialPort(instrument);
  const params = { port: cable.path };
  const device = driver.create(driver.params.parse(params));
  const { signal } = new AbortController();
  await device.connect!(signal);
  instrument.garble = () => "#\u0000?";
  await assert.rejects(Array.fromAsync(device.stream!(signal, { sample_rate: 10 })), /expected a number, found "#/);
  await device.disconnect!(new AbortController().signal);
});

Deno.test("SerialTemplate sends the requested voltage", async () => {
  await using instrument = fakeInstrument({ answers });
  await using cable = await fakeSerialPort(instrument);
  const params = { port: cable.path };
  const device = driver.create(driver.params.parse(params));
  const { signal } = new AbortController();
  await device.connect!(signal);
  await driver.methods.set_voltage.run(device, { volts: 3.3 }, { signal });
  // The instrument answers this after it received the previous line.
  await driver.methods.identify.run(device, {}, { signal });
  assert.deepEqual(instrument.received, ["*IDN?", "VOLT 3.3", "*IDN?"]);
  await device.disconnect!(new AbortController().signal);
});
