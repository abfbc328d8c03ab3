import assert from "node:assert/strict";
import { assertConforms, checkDriver, fakeInstrument, fakeSerialPort } from "labdaemon/testing";
import { LabDaemon } from "labdaemon";
import driver from "./serial.ts";

const answers = { "*IDN?": "ACME,Supply,1,2.0", "MEAS:VOLT?": "1.25" };
const file = new URL("./serial.ts", import.meta.url);

/** Reconnects after 10 ms. */
const settings = {
  streaming: "always",
  restart: { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 10, maxDelayMs: 10 },
} as const;

Deno.test("SerialTemplate keeps the driver contract, and survives the loss of its instrument", async () => {
  await using instrument = fakeInstrument({ answers });
  await using cable = await fakeSerialPort(instrument);
  const params = { port: cable.path };
  assertConforms(await checkDriver(file, { params, options: { sample_rate: 50 }, instrument: cable }));
});

Deno.test("SerialTemplate: streams again after its instrument was lost and came back", async () => {
  await using instrument = fakeInstrument({ answers });
  await using cable = await fakeSerialPort(instrument);
  const params = { port: cable.path };
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { SerialTemplate: driver } });
  const device = await daemon.addDevice("device1", "SerialTemplate", params, settings);
  await device.connect();

  const observed: unknown[] = [];
  for await (const event of device.events()) {
    if (event.event !== "device_data" && event.event !== "device_state") continue;
    const value = event.event === "device_data" ? event.payload : event.state;
    if (value === observed.at(-1)) continue;
    observed.push(value);
    if (value === 1.25 && observed.includes("retrying")) break;
    if (value === 1.25) await cable.drop();
    if (value === "retrying") await cable.restore();
  }
  assert.deepEqual(observed.slice(observed.indexOf(1.25)).filter((value) => typeof value === "number"), [1.25, 1.25]);
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
