/** Drivers in Python that attack the daemon or their own host, beside ten devices in TypeScript that lose nothing. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { pythonTest } from "../support/python.ts";
import { Watch } from "../support/watch.ts";
import { DEFAULT_LIMITS } from "../../lib/device/supervisor/settings.ts";
import type { LabError } from "../../lib/mod.ts";

const AT_ONCE = { maxRestarts: 50, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

/** Attacks that end the process, or their call, and the type of the error. */
const ENDING: [method: string, type: RegExp][] = [
  ["forges_a_frame", /^ProtocolError$/],
  ["forges_an_answer", /^ProtocolError$/],
  // The daemon may read the flood late.
  ["floods_the_daemon", /^(ProtocolError|DeviceTimeout|OutOfMemory)$/],
  // The daemon notices that its pipe is closed, or that no one answers.
  ["closes_descriptors", /^(ProtocolError|ProcessExited|ProcessHangs)$/],
  // The host's threads have their turn nevertheless, or they have not.
  ["keeps_the_interpreter", /^(ProcessHangs|DeviceTimeout)$/],
  ["replaces_the_host", /^DeviceTimeout$/],
  ["ignores_its_cancel", /^DeviceTimeout$/],
];

/** Attacks that do not, with their answers. */
const HARMLESS: [method: string, answer: RegExp][] = [
  ["floods_the_log", /^null$/],
  ["returns_too_much", /^ResultTooLarge: The result is too large/],
  ["returns_a_cycle", /^NotSerializable: /],
  ["recurses", /^RecursionError: .*\(hostile\.py:\d+\)$/],
  ["starts_threads", /^null$/],
  ["raises_what_cannot_be_read", /^DeviceError: the driver raised an error that cannot be read$/],
  ["raises_an_essay", /^RuntimeError: a+…/],
];

await pythonTest(
  "hostile drivers in Python cost ten devices in TypeScript beside them no sample, and none of them hangs the daemon",
  async () => {
    await using bench = await benchOf("hostile.py", "counter.ts");
    const { daemon } = bench;
    using watches = new DisposableStack();
    const others = [];
    for (let i = 1; i <= 10; i++) {
      // One has a process of its own and streams fast. The others share one.
      const device = await daemon.addDevice(`good${i}`, "Counter", {}, i === 1 ? {} : { process: "good" });
      others.push({ device, watch: watches.use(new Watch(device)) });
      await device.connect();
      await device.startStreaming(undefined, { sample_rate: i === 1 ? 1_000 : 100 });
    }
    const limits = { ...DEFAULT_LIMITS, callMs: 3_000, stopMs: 1_000 };

    const attack = async (method: string, type: RegExp) => {
      const device = await daemon.addDevice(method, "Hostile", {}, { restart: AT_ONCE, limits });
      await device.connect();
      const found = await device.call(method).then(String, ({ type }: LabError) => type);
      match(found, type, `${method}: ${found}`);
      // Whatever is left of its process ends.
      await device.disconnect();
    };
    const harmless = async () => {
      const device = await daemon.addDevice("harmless", "Hostile", {}, { restart: AT_ONCE });
      await device.connect();
      const pid = await device.call("pid");
      for (const [method, answer] of HARMLESS) {
        const found = await device.call(method).then(String, ({ type, message }: LabError) => `${type}: ${message}`);
        match(found, answer, `${method}: ${found}`);
      }
      equal(await device.call("pid"), pid);
      await device.disconnect();
    };
    const stubborn = async () => {
      const device = await daemon.addDevice("stubborn", "Hostile", {}, { restart: AT_ONCE, limits });
      using watch = new Watch(device);
      await device.connect();
      await device.startStreaming(undefined, { attack: "yields_a_function" });
      const { error, failure_source } = await watch.state("retrying");
      equal([(error as LabError).type, failure_source], ["NotSerializable", "driver"]);
      await device.stopStreaming();
      await device.connect();
      // It never comes to its next sample: its process is killed at the limit of the stop.
      await device.startStreaming(undefined, { attack: "never_yields", sample_rate: 0.01 });
      await device.stopStreaming();
      equal(device.isStreaming(), false);
      await device.disconnect();
    };
    const absent = async () => {
      const device = await daemon.addDevice("absent", "Hostile", { connects: false }, {
        limits: { ...limits, connectMs: 500 },
      });
      using watch = new Watch(device);
      device.connect().catch(() => {});
      equal(((await watch.state("retrying")).error as LabError).type, "DeviceTimeout");
      await device.disconnect();
    };
    // They take seconds: all at the same time.
    await Promise.all([harmless(), stubborn(), absent(), ...ENDING.map(([method, type]) => attack(method, type))]);

    for (const { device, watch } of others) {
      await watch.sample();
      equal(watch.story, "disconnected connecting connected streaming data", device.id);
      equal(watch.sequences, Array.from(watch.sequences, (_, i) => i), device.id);
      equal(device.status().restarts, 0);
    }
  },
);
