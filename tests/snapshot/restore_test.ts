import { deepStrictEqual as equal, match } from "node:assert/strict";
import { z } from "zod";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver } from "../../lib/driver/mod.ts";
import { fail, hang } from "../support/scripted_driver.ts";
import { fakeTime } from "../support/time.ts";
import { scriptedBench } from "../support/scripted_bench.ts";

/** A supply whose range limits its voltage, as those of real instruments do. It keeps what was set, in `sets`. */
function supply(sets: string[], state = { range: 10, voltage: 1, output: false }) {
  return defineDriver({
    name: "Supply",
    create: () => ({}),
    properties: {
      range: {
        schema: z.union([z.literal(10), z.literal(30)]),
        get: () => state.range as 10 | 30,
        set: (_, value) => {
          sets.push(`range ${value}`);
          state.range = value;
        },
      },
      voltage: {
        schema: z.number().min(0).max(30),
        get: () => state.voltage,
        set: (_, value) => {
          sets.push(`voltage ${value}`);
          state.voltage = Math.min(value, state.range);
        },
      },
      current: { schema: z.number(), get: () => 0.25 },
      output: {
        schema: z.boolean(),
        get: () => state.output,
        set: (_, value) => {
          sets.push(`output ${value}`);
          state.output = value;
        },
      },
    },
  });
}

async function supplyBench() {
  const sets: string[] = [];
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Supply: supply(sets) } });
  const device = await daemon.addDevice("psu1", "Supply");
  await device.connect();
  return { daemon, device, sets, [Symbol.asyncDispose]: () => daemon.shutdown() };
}

Deno.test("a snapshot has every device: its driver, params, options, and the values of its properties", async () => {
  await using bench = await supplyBench();
  const { taken_at, devices } = await bench.daemon.snapshot();
  match(taken_at, /Z$/);
  equal(devices, [{
    device_id: "psu1",
    device_type: "Supply",
    driver: { file: null, hash: null },
    params: {},
    options: {},
    properties: { range: 10, voltage: 1, current: 0.25, output: false },
    missing: [],
  }]);
});

Deno.test("a restore sets what differs, in the order of declaration, and nothing else", async () => {
  await using bench = await supplyBench();
  const { daemon, device, sets } = bench;
  const snapshot = await daemon.snapshot();
  Object.assign(snapshot.devices[0].properties, { output: true, voltage: 24, range: 30 });
  const expected = {
    changes: [
      { device_id: "psu1", name: "range", from: 10, to: 30 },
      { device_id: "psu1", name: "voltage", from: 1, to: 24 },
      { device_id: "psu1", name: "output", from: false, to: true },
    ],
    skipped: [],
    warnings: [],
  };
  equal(await daemon.restore(snapshot, { dryRun: true }), expected);
  equal(sets, []);
  equal(await daemon.restore(snapshot), expected);
  equal(sets, ["range 30", "voltage 24", "output true"]);
  equal(await device.getProperty("voltage"), 24);
  equal(await daemon.restore(snapshot), { changes: [], skipped: [], warnings: [] });
  equal(sets.length, 3);
});

Deno.test("a restore lists what it could not do, with the reason", async (test) => {
  await using bench = await supplyBench();
  const { daemon, sets } = bench;
  const cases: [device: object, name: string, type: string, why: RegExp][] = [
    [{ device_id: "absent", properties: { voltage: 1 } }, "voltage", "DeviceNotFound", /Cannot find device "absent"/],
    [
      { device_type: "Lamp", properties: { voltage: 2 } },
      "voltage",
      "InvalidRequest",
      /"psu1": it is a Supply, and was a Lamp/,
    ],
    [{ properties: { current: 3 } }, "current", "PropertyReadOnly", /it is read-only/],
    [{ properties: { voltage: 31 } }, "voltage", "InvalidRequest", /value: expected at most 30, found 31/],
    [{ properties: { volume: 3 } }, "volume", "PropertyNotFound", /there is no such property/],
    [{ properties: { voltage: 24 } }, "voltage", "NotTaken", /it was set to 24, and the instrument says 10/],
  ];
  for (const [device, name, type, why] of cases) {
    await test.step(String(why), async () => {
      const { skipped: [first, ...others] } = await daemon.restore({
        devices: [{ device_id: "psu1", properties: {}, ...device }],
      });
      equal([first.name, first.type, others], [name, type, []]);
      match(first.why, why);
    });
  }
  equal(sets, ["voltage 24"]);
});

Deno.test("a device that fails or is off does not stop the restore of the others", async () => {
  await using bench = await scriptedBench();
  const { daemon, device, instrument } = bench;
  await device.connect();
  await daemon.addDevice("off", "Scripted");
  instrument.next("set", fail("jammed"));
  const entry = (device_id: string) => ({ device_id, properties: { level: 4 } });
  const { changes, skipped } = await daemon.restore({ devices: [entry("off"), entry("daq1"), entry("daq1")] });
  equal(skipped, [
    {
      device_id: "off",
      name: "level",
      why: 'Cannot get "level" of "off": it is disconnected',
      type: "DeviceNotConnected",
    },
    { device_id: "daq1", name: "level", why: "jammed", type: "DeviceError" },
  ]);
  equal(changes, [{ device_id: "daq1", name: "level", from: 0, to: 4 }]);
});

Deno.test("a device that does not answer costs a restore the time of one call, whatever the number of its properties", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ limits: { callMs: 2_000, stopMs: 1_000 } });
  await bench.device.connect();
  bench.instrument.next("get", hang);
  const properties = { level: 4, reading: 8, unknown: 1 };
  const restored = bench.daemon.restore({ devices: [{ device_id: "daq1", properties }] });
  await time.tick(2_000);
  const { skipped } = await restored;
  equal(skipped.map(({ name, type }) => `${name} ${type}`), [
    "level DeviceTimeout",
    "reading DeviceTimeout",
    "unknown DeviceTimeout",
  ]);
});
