import assert from "node:assert/strict";
import { assertConforms, checkDriver, fakeInstrument } from "../mod.ts";
import { LabDaemon } from "../../mod.ts";
import driver from "./line.ts";

const answers = { "*IDN?": "ACME,Supply,1,2.0", "MEAS:VOLT?": "1.25" };
const file = new URL("./line.ts", import.meta.url);

/** Restarts at once: a test does not wait for a cable. */
const settings = {
  streaming: "always",
  restart: { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 10, maxDelayMs: 10 },
} as const;

Deno.test("LineTemplate keeps the driver contract, and survives the loss of its instrument", async () => {
  await using instrument = fakeInstrument({ answers });
  const { host, port } = instrument;
  assertConforms(await checkDriver(file, { params: { host, port }, options: { sample_rate: 50 }, instrument }));
});

Deno.test("LineTemplate: pull the cable, put it back, and data flows again", async () => {
  await using instrument = fakeInstrument({ answers });
  const { host, port } = instrument;
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { LineTemplate: driver } });
  const device = await daemon.addDevice("device1", "LineTemplate", { host, port }, settings);
  await device.connect();

  const story: unknown[] = [];
  for await (const event of device.events()) {
    if (event.event !== "device_data" && event.event !== "device_state") continue;
    const news = event.event === "device_data" ? event.payload : event.state;
    if (news === story.at(-1)) continue;
    story.push(news);
    if (news === 1.25 && story.includes("retrying")) break;
    if (news === 1.25) await instrument.drop();
    if (news === "retrying") instrument.comeBack();
  }
  assert.deepEqual(story.slice(story.indexOf(1.25)).filter((news) => typeof news === "number"), [1.25, 1.25]);
});

Deno.test("LineTemplate takes garbage for an error, not for a sample", async () => {
  await using instrument = fakeInstrument({ answers });
  const { host, port } = instrument;
  const device = driver.create(driver.params.parse({ host, port }));
  const { signal } = new AbortController();
  await device.connect!(signal);
  instrument.garble = () => "#\u0000?";
  await assert.rejects(Array.fromAsync(device.stream!(signal, { sample_rate: 10 })), /expected a number, found "#/);
  await device.disconnect!(new AbortController().signal);
});

Deno.test("LineTemplate sends the voltage that it is asked for", async () => {
  await using instrument = fakeInstrument({ answers });
  const { host, port } = instrument;
  const device = driver.create(driver.params.parse({ host, port }));
  const { signal } = new AbortController();
  await device.connect!(signal);
  await driver.methods.set_voltage.run(device, { volts: 3.3 }, { signal });
  // The answer to this comes after the line before it has arrived.
  await driver.methods.identify.run(device, {}, { signal });
  assert.deepEqual(instrument.received, ["*IDN?", "VOLT 3.3", "*IDN?"]);
  await device.disconnect!(new AbortController().signal);
});
