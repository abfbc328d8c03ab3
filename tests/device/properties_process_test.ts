import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";

const SUPPLY = `import { defineDriver } from "labdaemon/driver";
import { z } from "zod";
export default defineDriver({
  name: "Supply",
  create: () => ({ volts: 1 }),
  properties: {
    voltage: {
      schema: z.number().min(0).max(30).meta({ unit: "V" }),
      get: (supply) => supply.volts,
      set: (supply, volts) => supply.volts = Math.round(volts),
    },
    trace: { schema: z.array(z.number()), get: () => new Float32Array([1, NaN]) },
    large: { schema: z.string(), get: () => "x".repeat(70_000) },
  },
});`;

Deno.test("properties of a driver in its own process are set, read back, restored, and bounded", async () => {
  await using bench = await benchOf({ "supply.ts": SUPPLY });
  const device = await bench.daemon.addDevice("psu1", "Supply");
  await device.connect();
  equal(await device.setProperty("voltage", 4.7), 5);
  await rejects(device.setProperty("voltage", 31), {
    code: "InvalidRequest",
    message: /^Cannot set "voltage" of "psu1"/,
  });
  equal(await device.getProperty("trace"), [1, null]);
  await rejects(device.getProperty("large"), { code: "DriverError", type: "ValueTooLarge" });

  const { devices: [{ driver, properties, missing }] } = await bench.daemon.snapshot();
  equal(driver.file, "supply.ts");
  match(driver.hash!, /^[\da-f]{64}$/);
  equal(properties, { voltage: 5, trace: [1, null] });
  equal(missing.map(({ name }) => name), ["large"]);
  const { changes } = await bench.daemon.restore({ devices: [{ device_id: "psu1", properties: { voltage: 7 } }] });
  equal(changes, [{ device_id: "psu1", name: "voltage", from: 5, to: 7 }]);
});
