import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { LabDaemon } from "../../lib/mod.ts";
import { checkDriver, fakeFromYaml, yamlDriver } from "../../lib/testing/mod.ts";
import { folderOf } from "../support/folder_of.ts";

/** A driver file for each transport whose fake takes settings: the values and settings have the same meaning. */
const FILES: Record<string, string> = {
  modbus: `driver: Bath
transport: modbus
values:
  temperature: { input: 5, type: int16, scale: 0.1, unit: °C, example: 213 }
  flow: { input: 6, type: float32, example: 2.5 }
  alarm: { discrete: 0 }
settings:
  setpoint: { holding: 10, type: int16, scale: 0.1, unit: °C, min: -10, max: 80, example: 200 }
  running: { coil: 1 }
safe: [{ coil: 1, value: false }]
`,
  http: `driver: Bath
transport: http
values:
  temperature: { get: /state, json: "air[0].t", unit: °C, example: 21.3 }
  flow: { get: /flow, match: 'F=([\\d.]+)', example: 2.5 }
  alarm: { get: /state, json: alarm, type: boolean }
settings:
  setpoint: { set: /state, body: '{{"t": {:.1f}}}', get: /state, json: setpoint, min: -10, max: 80, example: 20 }
  running: { set: "/run?on={}", method: GET, get: /state, json: running, type: boolean }
safe: [{ set: "/run?on=0", method: GET }]
`,
};

for (const [transport, file] of Object.entries(FILES)) {
  Deno.test(`fakeFromYaml(), ${transport}: the fake has the file's values, takes settings, and refuses those beyond limits`, async () => {
    using folder = folderOf({ "bath.yaml": file });
    const path = new URL("bath.yaml", folder.url);
    await using fake = await fakeFromYaml(path);
    await using daemon = new LabDaemon();
    // Without limits of the driver's own, the fake's are seen.
    using unlimited = folderOf({ "bath.yaml": file.replace("min: -10, max: 80, ", "") });
    daemon.registerPlugins({ devices: { Bath: await yamlDriver(new URL("bath.yaml", unlimited.url)) } });
    const device = await daemon.addDevice("bath1", "Bath", fake.params);
    await device.connect();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    await device.startStreaming(resolve, { sample_rate: 50 });
    equal(await promise, { temperature: 21.3, flow: 2.5, alarm: false });
    equal(await device.setProperty("setpoint", 37.5), 37.5);
    equal(fake.get("setpoint"), transport === "modbus" ? 375 : 37.5);
    equal(await device.setProperty("running", true), true);
    await rejects(device.setProperty("setpoint", 90), /illegal data value|400 Bad Request: "out of range"/);
    equal(await device.getProperty("setpoint"), 37.5);
  });

  Deno.test(`a YAML driver of the transport ${transport} keeps the driver contract, and survives the loss of its instrument`, async () => {
    using folder = folderOf({ "bath.yaml": file });
    const path = new URL("bath.yaml", folder.url);
    await using instrument = await fakeFromYaml(path);
    const { params } = instrument;
    const results = await checkDriver(path, { params, options: { sample_rate: 10 }, instrument });
    equal(results.filter(({ status }) => status === "failed"), []);
  });
}
