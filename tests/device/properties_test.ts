import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { z } from "zod";
import { LabDaemon } from "../../lib/daemon.ts";
import { defineDriver } from "../../lib/driver/mod.ts";
import { fail, hang, held } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";

Deno.test("a property that is set is read back: the value is what the instrument says", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  equal(await device.setProperty("level", 5), 5);
  instrument.next("get", () => 4.98);
  equal(await device.setProperty("level", 5), 4.98);
  equal(await device.getProperty("level"), 5);
  equal(instrument.calls.slice(2), ["set", "get", "set", "get", "get"]);
});

Deno.test("a value out of limits is refused, and the driver is not called", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  const { length } = instrument.calls;
  for (const value of [10.5, -1, "5", null, undefined, NaN]) {
    await rejects(device.setProperty("level", value), {
      code: "InvalidRequest",
      message: /^Cannot set "level" of "daq1": value: /,
    });
  }
  equal([instrument.calls.length, device.lastError], [length, undefined]);
});

Deno.test("a property that is not there, is read-only, or has no instrument: the error says which", async () => {
  await using bench = await scriptedBench();
  const { device } = bench;
  await rejects(device.setProperty("level", 1), {
    code: "DeviceNotConnected",
    message: 'Cannot set "level" of "daq1": it is disconnected',
  });
  await rejects(device.getProperty("level"), { code: "DeviceNotConnected" });
  await rejects(device.getProperty("levle"), {
    code: "PropertyNotFound",
    message: 'Cannot get "levle" of "daq1": there is no such property; known properties are level, reading',
  });
  await rejects(device.setProperty("constructor", 1), { code: "PropertyNotFound" });
  await rejects(device.setProperty("reading", 1), {
    code: "PropertyReadOnly",
    message: 'Cannot set "reading" of "daq1": it is read-only',
  });
});

Deno.test("properties and methods of one device take turns, in the order of the requests", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  const first = held();
  instrument.next("work", first.step);
  const all = Promise.all([device.call("work", ["a"]), device.setProperty("level", 3), device.call("work", ["b"])]);
  await settled();
  equal(instrument.calls.slice(2), ["work a"]);
  first.release("done");
  equal(await all, ["done", 3, "b"]);
  equal(instrument.calls.slice(2), ["work a", "worked a", "set", "get", "work b", "worked b"]);
});

Deno.test("what a property fails with goes to its caller, and is the device's last error", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("set", fail("the output is locked", "LockedError"));
  await rejects(device.setProperty("level", 1), { type: "LockedError", message: "the output is locked" });
  equal([device.state, device.lastError?.type], ["connected", "LockedError"]);
  equal(await device.setProperty("level", 1), 1);
});

Deno.test("a property that takes too long ends as a method does: its signal aborts, and the caller gets DeviceTimeout", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ limits: { connectMs: 1000, callMs: 2000, stopMs: 1000 } });
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("get", hang);
  const late = rejects(device.getProperty("level"), { code: "DeviceTimeout", message: /Cannot get "level".* 2000 ms/ });
  await time.tick(2000);
  await late;
  equal(await device.getProperty("level"), 0);
});

Deno.test("each new value is one event: a value that stays the same is none", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  await device.setProperty("level", 5);
  await device.setProperty("level", 5);
  await device.getProperty("level");
  // Somebody turns the knob at the instrument.
  instrument.level = 6;
  await device.getProperty("level");
  const events = watch.events.filter(({ event }) => event === "property");
  equal(events.map(({ device_id, name, value }) => [device_id, name, value]), [
    ["daq1", "level", 5],
    ["daq1", "level", 6],
  ]);
  match(String(events[0].timestamp), /^\d{4}-\d\d-\d\dT.*Z$/);
});

Deno.test("readAll() has all properties; one that cannot be read has its last known value, and the error", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  await device.setProperty("level", 5);
  instrument.next("get", fail("no answer"));
  const [level, reading] = await device.properties.readAll();
  equal([level.name, level.value, level.error?.message], ["level", 5, "no answer"]);
  equal([reading.name, reading.value, reading.error], ["reading", 7, undefined]);
  await device.disconnect();
  const [left] = await device.properties.readAll();
  equal([left.value, left.error?.type], [5, "DeviceNotConnected"]);
});

Deno.test("readAll() ends soon after the time of one call, whatever the number of properties", async () => {
  await using bench = await scriptedBench({ limits: { callMs: 0 } });
  await bench.device.connect();
  const all = await bench.device.properties.readAll();
  equal(all.map(({ error }) => error?.type), ["DeviceTimeout", "DeviceTimeout"]);
  equal(bench.instrument.count("get"), 0);
});

Deno.test("the values for a recording are read once in each connection, also if one took too long in the connection before", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ limits: { connectMs: 1000, callMs: 2000, stopMs: 1000 } });
  const { device, instrument, watch } = bench;
  await device.connect();
  instrument.next("get", hang);
  const reading = device.properties.readForRecord();
  await time.tick(2000);
  await reading;
  const values = () => watch.events.filter(({ event }) => event === "property").map(({ name, value }) => [name, value]);
  equal(values(), []);
  await device.properties.readForRecord();
  equal([instrument.count("get"), values()], [1, []]);
  await device.disconnect();
  await device.connect();
  await device.properties.readForRecord();
  equal(values(), [["level", 0], ["reading", 7]]);
});

/** "lamp1", whose color can be set and not read; its values may be anything. */
async function lamp(get?: () => unknown) {
  const daemon = new LabDaemon();
  const schema = z.unknown();
  const driver = defineDriver({
    name: "Lamp",
    create: () => ({}),
    properties: {
      color: { schema, set: () => {} },
      ...get && { odd: { schema, get } },
      password: { schema: z.string(), set: () => {} },
    },
  });
  daemon.registerPlugins({ devices: { Lamp: driver } });
  const device = await daemon.addDevice("lamp1", "Lamp");
  await device.connect();
  return { device, daemon, [Symbol.asyncDispose]: () => daemon.shutdown() };
}

Deno.test("of a property without get, the last set value is known until the device connects again", async () => {
  await using bench = await lamp();
  const { device } = bench;
  const before = await device.properties.read("color");
  equal([before.value, before.timestamp], [null, null]);
  equal(await device.setProperty("color", "red"), "red");
  equal(await device.getProperty("color"), "red");
  await device.disconnect();
  await device.connect();
  equal(await device.getProperty("color"), null);
});

Deno.test("a value that JSON cannot carry, or that is too large, is the driver's error", async () => {
  for (
    const [value, type] of [[() => {}, "NotSerializable"], ["x".repeat(70_000), "ValueTooLarge"]] as const
  ) {
    await using bench = await lamp(() => value);
    await rejects(bench.device.getProperty("odd"), { code: "DriverError", type });
  }
});

Deno.test("a value is encoded as samples are", async () => {
  await using bench = await lamp(() => [NaN, new Float32Array([0.5]), new Date(0)]);
  equal(await bench.device.getProperty("odd"), [null, [0.5], "1970-01-01T00:00:00.000Z"]);
});

Deno.test("a secret is not shown elsewhere", async () => {
  await using bench = await lamp();
  const { device, daemon } = bench;
  const events: unknown[] = [];
  const cursor = device.log.cursor();
  equal(await device.setProperty("password", "hunter22"), "hunter22");
  for (let bytes = cursor.take(); bytes; bytes = cursor.take()) events.push(new TextDecoder().decode(bytes));
  match(String(events), /"name":"password","value":"\*{8}"/);
  const { devices: [{ properties, missing }] } = await daemon.snapshot();
  equal(properties, {});
  equal(missing.map(({ why }) => why), [
    'Cannot get "color" of "lamp1": it cannot be read, and was not set yet',
    'Cannot get "password" of "lamp1": it is a secret',
  ]);
});
