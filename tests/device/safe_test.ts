import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { LabDaemon } from "../../lib/daemon.ts";
import { held, ScriptedInstrument } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { openStage, untilAborted } from "../support/stage.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";

Deno.test("makeSafe() cancels what runs and what waits, then calls the driver's safe(reason)", async () => {
  await using stage = await openStage();
  stage.home = untilAborted;
  const home = rejects(stage.device.call("home"), { code: "CallCancelled", message: /being made safe: smoke/ });
  const where = rejects(stage.device.call("where"), { code: "CallCancelled" });
  await settled();
  await stage.device.makeSafe("smoke");
  await Promise.all([home, where]);
  equal(stage.calls, ["home", "homed", "safe: smoke"]);
  equal([stage.device.state, await stage.device.call("where")], ["connected", 12]);
});

Deno.test("makeSafe() does not wait for a method that ignores its signal", async () => {
  using time = fakeTime();
  await using stage = await openStage();
  const home = held();
  stage.home = home.step;
  const homed = stage.device.call("home");
  await settled();
  const safe = stage.device.makeSafe("smoke");
  await time.tick(1_000);
  await safe;
  equal(stage.calls, ["home", "safe: smoke"]);
  home.release("home");
  equal(await homed, "home");
});

Deno.test("a stream continues while its instrument is made safe, and calls wait until it is", async () => {
  await using stage = await openStage();
  await stage.device.startStreaming();
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.safe = () => promise;
  const safe = stage.device.makeSafe("smoke");
  const where = stage.device.call("where");
  await settled();
  equal(stage.calls, ["safe: smoke"]);
  resolve();
  await safe;
  equal([await where, stage.device.state], [12, "streaming"]);
});

Deno.test("makeSafe() of a safe function that fails or does not end rejects, and that is the last error", async () => {
  using time = fakeTime();
  await using stage = await openStage({ limits: { stopMs: 1_000 } });
  stage.safe = () => {
    throw new Error("the relay is stuck");
  };
  await rejects(stage.device.makeSafe("smoke"), { code: "DriverError", message: "the relay is stuck" });
  equal(stage.device.lastError?.message, "the relay is stuck");
  const safe = held();
  stage.safe = safe.step;
  const late = rejects(stage.device.makeSafe("smoke"), { code: "DeviceTimeout" });
  await time.tick(2_000);
  await late;
  safe.release(undefined);
});

Deno.test("a device without a safe function, or without a connection, says so", async () => {
  await using bench = await scriptedBench();
  equal(bench.device.status().can_make_safe, null);
  await rejects(bench.device.makeSafe("smoke"), { code: "DeviceNotConnected" });
  await bench.device.connect();
  equal(bench.device.status().can_make_safe, false);
  await rejects(bench.device.makeSafe("smoke"), { code: "NoSafeState", message: /no safe function; nothing was done/ });
  equal(bench.device.lastError, undefined);
});

Deno.test("after a failure, safe(reason) is called before disconnect(); not if connect() has failed, nor on request", async () => {
  const instrument = new ScriptedInstrument({ safe: true });
  await using bench = await scriptedBench({ restart: { initialDelayMs: 1, maxDelayMs: 1 } }, instrument);
  instrument.next("connect", () => {
    throw new Error("no cable");
  });
  await rejects(bench.device.connect());
  await bench.watch.state("connected");
  equal(instrument.calls, ["create", "connect", "disconnect", "create", "connect"]);
  await bench.device.startStreaming();
  instrument.drop("the line broke");
  await bench.watch.state("retrying");
  await bench.watch.state("connected");
  equal(instrument.calls.slice(5, 9), [
    "stream",
    "streamed",
    "safe: the connection has failed: the line broke",
    "disconnect",
  ]);
  await bench.device.disconnect();
  equal(instrument.calls.filter((it) => it.startsWith("safe")).length, 1);
});

Deno.test("a safe function that fails does not keep the device from being disconnected and connected again", async () => {
  const instrument = new ScriptedInstrument({ safe: true });
  await using bench = await scriptedBench({ restart: { initialDelayMs: 1, maxDelayMs: 1 } }, instrument);
  await bench.device.connect();
  await bench.device.startStreaming();
  instrument.next("safe", () => {
    throw new Error("no answer");
  });
  instrument.drop("the line broke");
  await bench.watch.state("retrying");
  await bench.watch.state("streaming");
  equal(instrument.count("disconnect"), 1);
});

Deno.test("shutdown() makes those devices safe whose settings say so, and ends the others too", async () => {
  const [first, second] = [new ScriptedInstrument({ safe: true }), new ScriptedInstrument({ safe: true })];
  const daemon = new LabDaemon();
  daemon.registerPlugins({ devices: { First: first.driver, Second: second.driver } });
  const a = await daemon.addDevice("a", "First", {}, { safeOnShutdown: true });
  const b = await daemon.addDevice("b", "Second");
  await Promise.all([a.connect(), b.connect()]);
  first.next("safe", () => {
    throw new Error("no answer");
  });
  await daemon.shutdown();
  equal(first.calls.slice(2), ["safe: the daemon ends", "disconnect"]);
  equal(second.calls.slice(2), ["disconnect"]);
});
