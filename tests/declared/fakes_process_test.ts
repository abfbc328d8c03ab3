import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { LabDaemon } from "../../lib/mod.ts";
import { checkDriver, fakeFromYaml, yamlDriver } from "../../lib/testing/mod.ts";
import { folderOf } from "../support/folder_of.ts";
import { runCases } from "../support/fault_bench.ts";
import { until } from "../support/until.ts";

/** A driver file for each transport whose fake is no instrument of lines: the values and settings have the same meaning. */
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
  mqtt: `driver: Bath
transport: mqtt
params: { prefix: lab1/, timeout: 1 }
values:
  temperature: { topic: bath, json: "air[0].t", unit: °C, example: 21.3 }
  flow: { topic: bath, json: flow, example: 2.5 }
  alarm: { topic: bath, json: alarm, type: boolean }
settings:
  setpoint: { publish: set, payload: "t={:.1f}", topic: setpoint, min: -10, max: 80, example: 20 }
  running: { publish: run, topic: running, type: boolean }
safe: [{ publish: run, payload: "0" }]
`,
  udp: `driver: Bath
transport: udp
params: { silence: 1 }
endian: little
starts_with: 4c44
values:
  temperature: { at: 2, type: float32, unit: °C, example: 21.3 }
  flow: { at: 6, type: int16, scale: 0.1, example: 25 }
  alarm: { at: 8, type: uint16, bit: 9 }
settings:
  setpoint: { send: "SET {:.1f}", min: -10, max: 80, example: 20 }
  running: { send: "RUN {}", type: boolean }
safe: ["RUN 0"]
`,
};

/** An instrument that sends by itself has no rate to be asked at. */
const rate = (transport: string, hertz: number) => transport in REFUSALS ? { sample_rate: hertz } : {};

/** The error after a setting beyond the limits of the fake, where the protocol has one. */
const REFUSALS: Record<string, RegExp> = { modbus: /illegal data value/, http: /400 Bad Request: "out of range"/ };

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
    await device.startStreaming(resolve, rate(transport, 50));
    equal(await promise, { temperature: 21.3, flow: 2.5, alarm: false });
    equal(await device.setProperty("setpoint", 37.5), 37.5);
    equal(await device.setProperty("running", true), true);
    const refused = device.setProperty("setpoint", 90);
    if (REFUSALS[transport]) await rejects(refused, REFUSALS[transport]);
    // The protocol has no refusal: what is read back is what the instrument has, where it is read back.
    else equal(await refused, transport === "mqtt" ? 37.5 : 90);
    // A datagram is on its way for a moment.
    if (transport === "udp") await until("the fake is running", () => fake.get("running") === true);
    equal([fake.get("setpoint"), fake.get("running")], [transport === "modbus" ? 375 : 37.5, true]);
    if (transport !== "udp") equal(await device.getProperty("setpoint"), 37.5);
  });
}

Deno.test("a YAML driver of each transport keeps the driver contract, and survives the loss of its instrument", async (test) => {
  const check = async ([transport, file]: [string, string]) => {
    using folder = folderOf({ "bath.yaml": file });
    const path = new URL("bath.yaml", folder.url);
    await using instrument = await fakeFromYaml(path);
    const { params } = instrument;
    // Who listens for datagrams connects without an instrument, too.
    const dropped = transport === "udp" ? undefined : instrument;
    const results = await checkDriver(path, { params, options: rate(transport, 10), instrument: dropped });
    equal(results.filter(({ status }) => status === "failed"), []);
  };
  // Most of a check is waiting.
  const checks = Object.entries(FILES).map((it) => [it[0], () => check(it)]);
  await runCases(test, 3, Object.fromEntries(checks));
});
