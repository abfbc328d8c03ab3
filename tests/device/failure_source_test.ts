import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { adviceFor } from "../../lib/cli/ctl/doctor/advice.ts";
import { LabError } from "../../lib/errors.ts";
import { fail, hang } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { scriptedDevice } from "../support/scripted_host.ts";
import { fakeTime } from "../support/time.ts";
import { Watch } from "../support/watch.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

/** The failure source in each place where a reader or a client finds one. */
function sources(watch: Watch) {
  const error = watch.events.findLast(({ event }) => event === "stream_error")!.error;
  const state = watch.events.findLast((it) => it.event === "device_state" && it.error)!;
  return [
    state.failure_source,
    (state.error as { failure_source: unknown }).failure_source,
    (error as { failure_source: unknown }).failure_source,
  ];
}

const all = (source: string) => [source, source, source];

Deno.test("an instrument that cannot be reached is the source of its failure", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  instrument.next("connect", fail("no cable", "NoCable"));
  await rejects(device.connect(), { type: "NoCable" });
  equal(sources(watch), all("instrument"));
  equal(device.status().last_error?.failure_source, "instrument");
});

Deno.test("an instrument that does not answer in time is the source of its failure", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ limits: { connectMs: 1_000 } });
  const { device, instrument, watch } = bench;
  instrument.next("connect", hang);
  const refused = rejects(device.connect(), { code: "DeviceTimeout" });
  await time.tick(1_000);
  await refused;
  equal(sources(watch), all("instrument"));
  await device.disconnect();
});

Deno.test("an instrument whose line drops while it streams is the source of the failure", async () => {
  await using bench = await scriptedBench({ restart: AT_ONCE });
  const { device, instrument, watch } = bench;
  await device.connect();
  await device.startStreaming();
  instrument.drop("the line is down");
  await watch.state("retrying");
  equal(sources(watch), all("instrument"));
});

Deno.test("a driver's process that ends is the driver's failure, whatever its error is called", async (test) => {
  for (const type of ["ProcessExited", "ProcessHangs", "ProtocolError", "MethodHangs", "OutOfMemory", "CableError"]) {
    await test.step(type, async () => {
      await using script = scriptedDevice({ restart: AT_ONCE });
      const { device } = script;
      using watch = new Watch(device);
      await device.connect();
      script.host.die(type, "The process ended");
      await watch.state("retrying");
      equal(sources(watch), all("driver"));
      equal(device.status().last_error?.type, type);
    });
  }
});

Deno.test("a driver that cannot be loaded, made or stopped is the source of the failure", async (test) => {
  const error = () => Promise.reject(new LabError("DriverError", "it broke"));
  await test.step("loaded", async () => {
    await using script = scriptedDevice({ restart: AT_ONCE });
    using watch = new Watch(script.device);
    script.starts.push(error);
    await script.device.connect().catch(() => {});
    equal(sources(watch), all("driver"));
  });
  await test.step("made", async () => {
    await using script = scriptedDevice({ restart: { ...AT_ONCE, maxRestarts: 0 } });
    using watch = new Watch(script.device);
    script.answers.create = error;
    await script.device.connect().catch(() => {});
    equal(sources(watch), all("driver"));
  });
  await test.step("stopped", async () => {
    await using script = scriptedDevice({ restart: AT_ONCE });
    using watch = new Watch(script.device);
    await script.device.connect();
    await script.device.startStreaming();
    script.answers.stop = error;
    await script.device.stopStreaming();
    equal(sources(watch), all("driver"));
  });
});

Deno.test("a defect of the daemon is the daemon's failure", async () => {
  await using script = scriptedDevice({ restart: { ...AT_ONCE, maxRestarts: 0 } });
  const { device, answers } = script;
  using watch = new Watch(device);
  answers.connect = () => {
    throw new TypeError("undefined is not a function");
  };
  await rejects(device.connect(), { code: "InternalError" });
  equal([device.state, ...sources(watch)], ["faulted", ...all("daemon")]);
});

Deno.test("a method that fails has the instrument as its source; a refused request has none", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("work", fail("the door is open", "InterlockError"));
  await rejects(device.call("work"));
  equal(device.status().last_error?.failure_source, "instrument");
  await rejects(device.call("work", [7]), (error: LabError) => !("failure_source" in error.toJSON()));
});

Deno.test("a method whose result JSON cannot hold, or that is too large, has the driver as its source", async (test) => {
  for (const type of ["NotSerializable", "ResultTooLarge"]) {
    await test.step(type, async () => {
      await using script = scriptedDevice();
      const { device, answers } = script;
      await device.connect();
      answers.call = () => Promise.reject(new LabError("DriverError", "odd", { type }));
      await rejects(device.call("work"), { type, failureSource: "driver" });
      equal(device.status().last_error?.failure_source, "driver");
    });
  }
});

Deno.test("a driver that yields what JSON cannot hold is the source of the failure: the instrument was", async () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const value of [() => 1, Symbol("x"), cycle]) {
    await using bench = await scriptedBench({ restart: { ...AT_ONCE, maxRestarts: 0 } });
    const { device, instrument, watch } = bench;
    await device.connect();
    await device.startStreaming();
    instrument.push(value);
    await watch.state("retrying");
    equal(sources(watch), all("driver"));
    const advice = adviceFor(device.status().last_error!);
    equal([advice.culprit, /yield and return numbers/.test(advice.remedy)], ["driver", true]);
    await watch.state("streaming");
  }
});

Deno.test("a process that dies during a call is the driver's failure", async () => {
  await using script = scriptedDevice({ restart: AT_ONCE });
  const { device, answers } = script;
  using watch = new Watch(device);
  await device.connect();
  answers.call = () => {
    script.host.die();
    return new Promise(() => {});
  };
  await rejects(device.call("work"), { type: "ProcessExited" });
  await watch.state("retrying");
  equal(device.status().last_error?.failure_source, "driver");
  equal(sources(watch), all("driver"));
});
