import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { LabError } from "../../lib/errors.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
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
