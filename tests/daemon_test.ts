import { deepStrictEqual as equal, match, rejects, throws } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../lib/driver/mod.ts";
import { LabDaemon } from "../lib/daemon.ts";
import { LabDaemon as ScriptDaemon } from "../lib/mod.ts";
import { held } from "./support/scripted_driver.ts";
import { scriptedBench } from "./support/scripted_bench.ts";
import { settled } from "./support/watch.ts";

Deno.test("a device is added disconnected, is found by its id, and has a status", async () => {
  await using bench = await scriptedBench();
  const { daemon, device } = bench;
  equal(daemon.getDevice("daq1"), device);
  equal(daemon.devices(), [device]);
  const { stream: { epoch, sequence, readers }, state_since, ...rest } = device.status();
  equal(Number.isNaN(Date.parse(state_since)), false);
  equal([epoch, sequence, readers], [daemon.epoch, 0, 0]);
  equal(rest, {
    device_id: "daq1",
    device_type: "Scripted",
    state: "disconnected",
    connected: false,
    streaming: false,
    shared_process: null,
    kept_in: null,
    can_make_safe: null,
    can_stream: null,
    streams: null,
    owned_by: null,
    lease: null,
    lease_required: false,
    instrument_clock: null,
    warnings: [],
    last_error: null,
    params: { port: "A" },
    options: {},
    permissions: {},
    permissions_missing: {},
    restarts: 0,
    retry_at: null,
    disabled: false,
    process: null,
  });
});

Deno.test("a device that is to be added after another one is checked at once, and added when that one is", async () => {
  const checked: string[] = [];
  const params = z.object({ name: z.string().refine((name) => checked.push(name)) });
  const Named = defineDriver({ name: "Named", params, create: () => ({ read: () => 1 }) });
  await using daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { Named } });
  const first = Promise.withResolvers<void>();
  const second = daemon.addDevice("b", "Named", { name: "b" }, { after: first.promise });
  const third = daemon.addDevice("c", "Named", { name: "c" }, { after: second });
  await settled();
  equal([checked, daemon.devices()], [["b", "c"], []]);
  await daemon.addDevice("a", "Named", { name: "a" });
  first.reject(new Error("added as a failed one"));
  await third;
  equal(daemon.devices().map(({ id }) => id), ["a", "b", "c"]);
});

Deno.test("the functions of a script's daemon take a device or its id", async () => {
  await using daemon = new ScriptDaemon();
  daemon.registerPlugins({
    devices: {
      Meter: class {
        read = () => 1;
      },
    },
  });
  const device = await daemon.addDevice("daq1", "Meter");
  await daemon.connectDevice("daq1");
  await daemon.startStreaming(device);
  equal(device.status().streaming, true);
  await daemon.stopStreaming("daq1");
  await daemon.disconnectDevice(device);
  equal(device.state, "disconnected");
  await daemon.removeDevice("daq1");
  equal(daemon.devices(), []);
  await rejects(daemon.connectDevice("daq1"), { code: "DeviceNotFound" });
});

Deno.test("an unknown id is refused, with the known ones", async () => {
  await using bench = await scriptedBench();
  const { daemon } = bench;
  const refusal = { code: "DeviceNotFound", message: 'Cannot find device "daq9": known devices are daq1' };
  throws(() => daemon.getDevice("daq9"), refusal);
  await rejects(daemon.removeDevice("daq9"), refusal);
});

Deno.test("two removals at the same moment remove one device, and not the one that is added after them", async () => {
  await using bench = await scriptedBench();
  const { daemon, instrument } = bench;
  await daemon.getDevice("daq1").connect();
  const closing = held();
  instrument.next("disconnect", closing.step);
  let removed = 0;
  daemon.listen({ removed: () => removed++ });
  const first = daemon.removeDevice("daq1").then(() => daemon.addDevice("daq1", "Scripted"));
  const second = daemon.removeDevice("daq1");
  closing.release(undefined);
  const [device] = await Promise.all([first, second]);
  equal([daemon.getDevice("daq1"), removed], [device, 1]);
});

Deno.test("listeners are notified of devices that are added and removed", async () => {
  await using bench = await scriptedBench();
  const { daemon } = bench;
  const events: string[] = [];
  const leave = daemon.listen({ added: ({ id }) => events.push(`+${id}`), removed: ({ id }) => events.push(`-${id}`) });
  await daemon.addDevice("b", "Scripted");
  await daemon.removeDevice("daq1");
  leave();
  await daemon.removeDevice("b");
  equal(events, ["+b", "-daq1"]);
});

Deno.test("removing a device ends its streams, in whatever state it is", async () => {
  await using bench = await scriptedBench();
  const { daemon, device } = bench;
  let ended = 0;
  await device.read({ onStop: () => ended++ });
  await daemon.removeDevice(device);
  equal(ended, 1);
});

Deno.test("await using shuts down", async () => {
  await using outer = await scriptedBench();
  {
    await using daemon = new LabDaemon();
    daemon.registerPlugins({ devices: { Scripted: outer.instrument.driver } });
    await daemon.addDevice("a", "Scripted");
    await daemon.getDevice("a").connect();
    await daemon.getDevice("a").startStreaming();
  }
  await settled();
  equal(outer.instrument.calls, ["create", "connect", "stream", "streamed", "disconnect"]);
});

Deno.test("two daemons that start at the same time have different epochs", () => {
  const epochs = Array.from({ length: 100 }, () => new LabDaemon().epoch);
  equal(new Set(epochs).size, 100);
  for (const epoch of epochs) match(epoch, /^[0-9a-v]{10}$/);
});
