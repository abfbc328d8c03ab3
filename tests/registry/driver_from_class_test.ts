import assert from "node:assert/strict";
import { LabDaemon } from "../../lib/mod.ts";
import { isDriver } from "../../lib/driver/define_driver.ts";
import { type DeviceClass, driverFromClass } from "../../lib/registry/driver_from_class.ts";

class Supply {
  volts = 0;
  constructor(readonly params: Record<string, unknown>) {}
  connect() {}
  disconnect() {}
  read() {
    return this.volts;
  }
  stop() {
    return "stopped";
  }
}

class RampingSupply extends Supply {
  set(volts: number, how?: { slowly: boolean }) {
    this.volts = volts;
    return { volts, how };
  }
  override stop() {
    return "stopped slowly";
  }
  get state() {
    return "fine";
  }
  _calibrate() {}
  static make() {}
}

const call = (driver: ReturnType<typeof driverFromClass>, device: unknown, method: string, input: unknown) =>
  driver.methods[method].run(device, input as Record<string, unknown>, { signal: new AbortController().signal });

Deno.test("driverFromClass() makes devices with `new`, and gives the class its params", () => {
  const driver = driverFromClass("Supply", Supply);
  assert.ok(isDriver(driver));
  assert.equal(driver.name, "Supply");
  const device = driver.create(driver.params.parse({ port: "a" }));
  assert.ok(device instanceof Supply);
  assert.deepEqual(device.params, { port: "a" });
  assert.deepEqual(driver.options.parse({ sample_rate: 5 }), { sample_rate: 5 });
});

Deno.test("driverFromClass() offers public and inherited methods, but none that the host calls", () => {
  assert.deepEqual(Object.keys(driverFromClass("Supply", RampingSupply).methods).sort(), ["set", "stop"]);
});

Deno.test("driverFromClass() passes arguments by position, then named ones in one object", () => {
  const driver = driverFromClass("Supply", RampingSupply);
  const device = driver.create({});
  assert.deepEqual(call(driver, device, "set", { args: [5], kwargs: {} }), { volts: 5, how: undefined });
  assert.deepEqual(call(driver, device, "set", { args: [5], kwargs: { slowly: true } }), {
    volts: 5,
    how: { slowly: true },
  });
  assert.equal(call(driver, device, "stop", { args: [], kwargs: {} }), "stopped slowly");
});

for (const thing of [undefined, null, {}, "Supply"]) {
  Deno.test(`driverFromClass() refuses ${JSON.stringify(thing)}`, () => {
    assert.throws(() => driverFromClass("Supply", thing as unknown as DeviceClass), {
      code: "InvalidRequest",
      message: `Cannot register "Supply": it is neither a class nor a driver, but ${typeof thing}`,
    });
  });
}

Deno.test("a class that pushes and has no isStreaming is refused when its device connects", async () => {
  await using daemon = new LabDaemon();
  daemon.registerPlugins({
    devices: {
      Counter: class {
        startStreaming() {}
        stopStreaming() {}
      },
    },
  });
  const counter = await daemon.addDevice("counter1", "Counter", {}, { restart: { maxRestarts: 0 } });
  await assert.rejects(counter.connect(), {
    code: "DriverError",
    type: "IncompleteDriver",
    message:
      'Cannot create a device of driver "Counter": it has startStreaming and stopStreaming, but no isStreaming; ' +
      "a device that pushes its samples needs all of startStreaming, stopStreaming, isStreaming",
  });
});
