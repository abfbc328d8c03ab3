import { deepStrictEqual as equal, fail, rejects } from "node:assert/strict";
import { LabError } from "../../lib/errors.ts";
import { type ScriptedBench, scriptedBench } from "../support/scripted_bench.ts";
import { hang, ignore } from "../support/scripted_driver.ts";
import { scriptedDevice } from "../support/scripted_host.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";

Deno.test("disconnect() ends the running method before it closes the instrument", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("work", hang);
  const refused = rejects(device.call("work", ["a"]), { code: "DeviceNotConnected" });
  await settled();
  await device.disconnect();
  await refused;
  equal(instrument.calls.slice(2), ["work a", "worked a", "disconnect"]);
});

Deno.test("a call that something else ends says what: a reload, a removal, a failed stream, the end of the daemon", async (test) => {
  const ends: [string, (bench: ScriptedBench) => unknown][] = [
    ["its driver was reloaded", ({ device }) => device.replacePlan(device.plan)],
    ["the device was disconnected", ({ device }) => device.disconnect()],
    ["the device was disabled", ({ device }) => device.disable()],
    ["the device was removed", ({ daemon, device }) => daemon.removeDevice(device)],
    ["the daemon ends", ({ daemon }) => daemon.shutdown()],
    ["the connection has failed: the line broke", ({ instrument }) => instrument.drop("the line broke")],
  ];
  for (const [reason, end] of ends) {
    for (const [title, step] of [["that stops at its signal", hang], ["that ignores its signal", ignore]] as const) {
      await test.step(`${reason}, for a method ${title}`, async () => {
        using time = fakeTime();
        await using bench = await scriptedBench();
        const { device, instrument } = bench;
        await device.connect();
        await device.startStreaming();
        instrument.next("work", step);
        const refusal = async (work: Promise<unknown>) => {
          const { code, message } = await work.then(() => fail("it was answered"), (error) => error as LabError);
          return `${code}: ${message}`;
        };
        const refusals = Promise.all([refusal(device.call("work", ["a"])), refusal(device.setProperty("level", 1))]);
        await time.tick(0);
        const over = end(bench);
        await time.tick(2_000);
        const because = `it was ended because ${reason}`;
        equal(await refusals, [
          `DeviceNotConnected: Cannot call "work" on "daq1": ${because}`,
          `DeviceNotConnected: Cannot set "level" of "daq1": ${because}`,
        ]);
        await over;
      });
    }
  }
});

Deno.test("disconnect() closes the instrument after a second if a method does not end", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("work", ignore);
  const call = device.call("work", ["a"]).catch((error) => error);
  await time.tick(0);
  const over = device.disconnect();
  await time.tick(2_000);
  await over;
  await call;
  equal(instrument.calls.slice(2), ["work a", "disconnect"]);
});

Deno.test("disconnect() during connect waits until connect gives up", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  instrument.next("connect", (signal) =>
    new Promise((resolve) =>
      signal.addEventListener("abort", () => {
        instrument.calls.push("gives up");
        resolve(undefined);
      })
    ));
  const connected = device.connect().catch(() => {});
  await settled();
  await device.disconnect();
  await connected;
  equal(instrument.calls, ["create", "connect", "gives up", "disconnect"]);
});

Deno.test("a stop that throws ends the connection, is reported, and the instrument is closed", async () => {
  await using script = scriptedDevice({ restart: { maxRestarts: 0, windowMs: 1, initialDelayMs: 0, maxDelayMs: 0 } });
  const { device, answers } = script;
  await device.connect();
  await device.startStreaming();
  answers.stop = () => Promise.reject(new LabError("DriverError", "it will not stop"));
  await device.stopStreaming();
  equal([device.state, device.lastError?.message], ["faulted", "it will not stop"]);
  await device.disconnect();
  equal(script.host.asked, ["create", "connect", "start", "stop", "disconnect", "close"]);
});

Deno.test("an instrument whose line drops during disconnect() is closed", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  await device.startStreaming();
  const disconnected = device.disconnect();
  instrument.drop("the line is down");
  await disconnected;
  equal(instrument.calls, ["create", "connect", "stream", "streamed", "disconnect"]);
});
