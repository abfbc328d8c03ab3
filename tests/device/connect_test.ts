import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { fail, hang, held } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";

const AT_ONCE = { maxRestarts: 5, windowMs: 60_000, initialDelayMs: 0, maxDelayMs: 0 };

Deno.test("connect() rejects with the driver's error, and the device keeps trying until it works", async () => {
  await using bench = await scriptedBench({ restart: AT_ONCE });
  const { device, instrument, watch } = bench;
  instrument.next("connect", fail("no cable", "NoCable"), fail("no cable", "NoCable"));
  await rejects(device.connect(), { type: "NoCable", origin: "device", message: "no cable" });
  const { error, retry_in } = await watch.state("retrying");
  equal((error as { type: string }).type, "NoCable");
  equal(retry_in, 0);
  await watch.state("connected");
  equal(watch.story, "disconnected connecting error retrying connecting error retrying connecting connected");
  equal(device.status().restarts, 2);
  equal(instrument.calls, "create connect disconnect ".repeat(2).concat("create connect").split(" "));
});

Deno.test("disconnect() while the device retries ends the attempts", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  instrument.next("connect", fail("no cable"));
  await device.connect().catch(() => {});
  equal(device.state, "retrying");
  await device.disconnect();
  await time.tick(60_000);
  equal([device.state, device.status().restarts, instrument.count("connect")], ["disconnected", 0, 1]);
});

Deno.test("connect() while the device retries tries at once, and settles with the outcome", async () => {
  using _time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  instrument.next("connect", fail("no cable"), fail("still no cable"));
  await rejects(device.connect(), { message: "no cable" });
  await rejects(device.connect(), { message: "still no cable" });
  await device.connect();
  equal([device.state, instrument.count("connect")], ["connected", 3]);
});

Deno.test("connect() twice during the first attempt does not shorten the pause after it", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ restart: { ...AT_ONCE, initialDelayMs: 60_000, maxDelayMs: 60_000 } });
  const { device, instrument } = bench;
  const cable = held();
  instrument.next("connect", cable.step);
  const both = Promise.allSettled([device.connect(), device.connect()]);
  await time.tick(0);
  cable.fail(new Error("no cable"));
  equal((await both).map(({ status }) => status), ["rejected", "rejected"]);
  await time.tick(0);
  equal([device.state, instrument.count("connect")], ["retrying", 1]);
});

Deno.test("disconnect() while connecting makes connect() reject, and leaves nothing open", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  instrument.next("connect", hang);
  const refused = rejects(device.connect(), { code: "DeviceNotConnected" });
  await settled();
  await device.disconnect();
  await refused;
  equal([device.state, instrument.calls], ["disconnected", ["create", "connect", "disconnect"]]);
});

Deno.test("the last of connect() and disconnect() counts, whatever is still in progress", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  const closing = held();
  instrument.next("disconnect", closing.step);
  await device.connect();
  const outcomes = Promise.allSettled([device.disconnect(), device.connect(), device.disconnect()]);
  await settled();
  closing.release(undefined);
  equal((await outcomes).map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  await settled();
  equal([device.state, instrument.count("connect")], ["disconnected", 1]);

  await Promise.all(
    [device.connect(), device.disconnect().then(() => {}), device.connect()].map((it) => it.catch(() => {})),
  );
  equal(device.state, "connected");
});

Deno.test("disconnect() resolves also if the instrument's disconnect fails or hangs", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("disconnect", fail("it does not answer"), () => new Promise(() => {}));
  await device.disconnect();
  await device.connect();
  const over = device.disconnect();
  await time.tick(6_000);
  await over;
  equal(device.state, "disconnected");
});
