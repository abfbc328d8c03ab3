import { deepStrictEqual as equal } from "node:assert/strict";
import { LabError } from "../../lib/errors.ts";
import { held } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { scriptedDevice } from "../support/scripted_host.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

Deno.test("a process that does not stop in time is killed, and stopStreaming() waits for that", async () => {
  using time = fakeTime();
  await using script = scriptedDevice({ restart: AT_ONCE });
  const { device, answers } = script;
  await device.connect();
  await device.startStreaming();
  answers.stop = () => new Promise((_, reject) => setTimeout(reject, 300, new LabError("DeviceTimeout", "still runs")));
  let stopped = false;
  const stopping = device.stopStreaming(300).then(() => stopped = true);
  await time.tick(299);
  equal(stopped, false);
  await time.tick(1);
  await stopping;
  equal(script.hosts[0].asked, ["create", "connect", "start", "stop", "kill"]);
  await time.tick(10);
  equal([device.state, script.hosts.length], ["connected", 2]);
});

Deno.test("an inline stream that ignores its stop is abandoned, and its samples are dropped", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ restart: AT_ONCE });
  const { device, instrument, watch } = bench;
  await device.connect();
  const deaf = held();
  instrument.next("stream", deaf.step);
  await device.startStreaming();
  const stopping = device.stopStreaming(100);
  await time.tick(100);
  await stopping;
  await time.tick(10);
  equal([device.state, device.lastError?.code, instrument.count("create")], ["connected", "DeviceTimeout", 2]);
  await device.startStreaming();
  deaf.release(undefined);
  instrument.push("a");
  await time.tick(10);
  equal(watch.samples, ["a"]);
});

Deno.test("a stop does not wait for a start that takes long", async () => {
  await using script = scriptedDevice();
  const { device, answers } = script;
  await device.connect();
  const start = held();
  answers.start = start.step;
  const starting = device.startStreaming();
  await settled();
  await device.stopStreaming();
  equal([device.state, script.host.asked], ["connected", ["create", "connect", "start", "stop"]]);
  await starting;
  start.release(null);
  await settled();
  equal(device.state, "connected");
});
