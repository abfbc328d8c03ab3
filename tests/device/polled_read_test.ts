import { deepStrictEqual as equal, match } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import { LabDaemon } from "../../lib/daemon.ts";
import type { AddDeviceOptions } from "../../lib/device/planner.ts";
import { fakeTime } from "../support/time.ts";
import { Watch } from "../support/watch.ts";

const LATER = { maxRestarts: 0, windowMs: 60_000, initialDelayMs: 600_000, maxDelayMs: 600_000 };

type Read = (signal: AbortSignal) => unknown;

const slow = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms, ms));

/** "meter", polled once a second; `reads` are what its reads do. */
async function meterBench(reads: Read[], settings: AddDeviceOptions) {
  const calls: string[] = [];
  const daemon = new LabDaemon();
  const Meter = defineDriver({
    name: "Meter",
    options: z.object({ sample_rate: z.number().positive().default(1) }),
    create: () => ({
      read: (signal) => reads.shift()?.(signal) ?? 0,
      disconnect: () => void calls.push("disconnect"),
    }),
    methods: { work: { run: slow(900) } },
  });
  daemon.registerPlugins({ devices: { Meter } });
  const device = await daemon.addDevice("meter", "Meter", {}, { streaming: "always", restart: LATER, ...settings });
  const watch = new Watch(device);
  await device.connect();
  return {
    device,
    watch,
    calls,
    async [Symbol.asyncDispose]() {
      await daemon.shutdown();
      watch[Symbol.dispose]();
    },
  };
}

Deno.test("a polled device whose read never returns is no longer streaming, and retries", async () => {
  using time = fakeTime();
  const never: Read = (signal) => new Promise(() => signal.addEventListener("abort", () => calls.push("end")));
  await using bench = await meterBench([() => 1, never], {});
  const { device, watch, calls } = bench;
  await time.tick(30_999);
  equal([device.state, watch.samples], ["streaming", [1]]);
  await time.tick(1);
  const { type, message } = device.lastError!;
  equal([device.state, type], ["retrying", "StreamStalled"]);
  match(message, /^read\(\) has not returned for 30 s$/);
  // Its signal has aborted, and for a second the runtime waits for the read to end.
  equal(calls, ["end"]);
  await time.tick(1_000);
  equal(calls, ["end", "disconnect"]);
  await device.connect();
  await time.tick(1);
  equal(watch.samples, [1, 0]);
});

Deno.test("a read may take as long as a call may, and three periods in any case", async (test) => {
  const cases: [name: string, sample_rate: number, call: number, takes: number, state: string][] = [
    ["shorter than a call", 10, 2_000, 1_900, "streaming"],
    ["longer than a call", 10, 2_000, 2_100, "retrying"],
    ["shorter than three periods", 0.1, 2_000, 29_000, "streaming"],
    ["longer than three periods", 0.1, 2_000, 31_000, "retrying"],
    ["a call may take for ever, and so may a read", 10, Infinity, 3_600_000, "streaming"],
  ];
  for (const [name, sample_rate, call, takes, state] of cases) {
    await test.step(name, async () => {
      using time = fakeTime();
      await using bench = await meterBench([slow(takes)], { options: { sample_rate }, limits: { callMs: call } });
      await time.tick(takes);
      equal(bench.device.state, state);
    });
  }
});

Deno.test("a read that waits for a method does not count as one that hangs", async () => {
  using time = fakeTime();
  await using bench = await meterBench([() => 1, slow(500)], {
    options: { sample_rate: 10 },
    limits: { callMs: 1_000 },
  });
  await time.tick(1);
  const call = bench.device.call("work");
  await time.tick(1_500);
  equal([bench.device.state, await call, bench.watch.samples.slice(0, 2)], ["streaming", 900, [1, 500]]);
});
