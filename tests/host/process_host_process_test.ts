import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { benchOf } from "../support/bench.ts";
import { hasProc, isAlive } from "../support/processes.ts";
import { Watch } from "../support/watch.ts";

Deno.test("each device has a process of its own, and disconnect() ends it", async () => {
  await using bench = await benchOf("counter.ts");
  const { daemon } = bench;
  const [first, second] = [await daemon.addDevice("a", "Counter"), await daemon.addDevice("b", "Counter")];
  await Promise.all([first.connect(), second.connect()]);
  const [one, other] = [await first.call("pid") as number, await second.call("pid") as number];
  ok(one !== other && one !== Deno.pid);
  equal([isAlive(one), isAlive(other)], [true, true]);
  await first.disconnect();
  equal([isAlive(one), isAlive(other)], [false, true]);
  await first.connect();
  ok(await first.call("pid") !== one);
});

Deno.test({
  name: "a device's process asks no server for a newer Deno, and exports no telemetry",
  ignore: !hasProc,
  async fn() {
    await using bench = await benchOf("counter.ts");
    const device = await bench.daemon.addDevice("counter1", "Counter");
    await device.connect();
    const environment = (await Deno.readTextFile(`/proc/${await device.call("pid")}/environ`)).split("\0");
    equal(environment.filter((it) => /^(DENO_NO_UPDATE_CHECK|OTEL_DENO)=/.test(it)).sort(), [
      ...["DENO_NO_UPDATE_CHECK=1", "OTEL_DENO=false"],
    ]);
  },
});

Deno.test("samples, options and method calls pass through the process", async () => {
  await using bench = await benchOf("counter.ts");
  const device = await bench.daemon.addDevice("counter1", "Counter");
  using watch = new Watch(device);
  await device.connect();
  await device.startStreaming(undefined, { sample_rate: 10_000 });
  while (watch.samples.length < 100) await watch.sample();
  const value = { text: "µ\n", list: [1, null, { deep: true }] };
  equal(await device.call("echo", [value]), value);
  await device.stopStreaming();
  const { length } = watch.samples;
  await device.call("pid");
  equal(watch.samples.length, length);
  equal(watch.sequences, Array.from({ length }, (_, i) => i));
  equal(device.log.sequence, length);
});

Deno.test("what a driver prints goes to the log and never into the protocol", async () => {
  await using bench = await benchOf("unruly.ts");
  const device = await bench.daemon.addDevice("u1", "Unruly");
  await device.connect();
  await device.call("misbehave", ["prints"]);
  equal(typeof await device.call("pid"), "number");
  equal(device.status().restarts, 0);
});

Deno.test("a result that JSON cannot represent is the method's error; such an argument is the caller's", async () => {
  await using bench = await benchOf("odd_samples.ts", "counter.ts");
  const odd = await bench.daemon.addDevice("odd1", "OddSamples");
  const counter = await bench.daemon.addDevice("counter1", "Counter");
  await Promise.all([odd.connect(), counter.connect()]);
  await rejects(odd.call("give", ["cycle"]), { type: "NotSerializable" });
  await rejects(odd.call("give", ["function"]), { type: "NotSerializable" });
  await rejects(counter.call("echo", [5n]), {
    code: "InvalidRequest",
    message: /^Cannot call "echo" on "counter1": .*BigInt/,
  });
  equal(await counter.call("echo", [5]), 5);
});

Deno.test("a megabyte is sent to a driver's process and returned", async () => {
  await using bench = await benchOf("counter.ts");
  const device = await bench.daemon.addDevice("counter1", "Counter");
  await device.connect();
  const text = "0123456789abcdef".repeat(65_536);
  ok(await device.call("echo", [text]) === text);
});
