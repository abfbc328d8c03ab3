import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { fail, hang, held, ignore } from "../support/scripted_driver.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";

Deno.test("methods of one device run one at a time, in the order of the calls", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  const [first, second] = [held(), held()];
  instrument.next("work", first.step, second.step);
  const answers = Promise.all([device.call("work", ["a"]), device.call("work", ["b"]), device.call("work", ["c"])]);
  await settled();
  second.release("B");
  await settled();
  equal(instrument.calls.slice(2), ["work a"]);
  first.release("A");
  equal(await answers, ["A", "B", "c"]);
  equal(instrument.calls.slice(2), ["work a", "worked a", "work b", "worked b", "work c", "worked c"]);
});

Deno.test("a method that fails rejects with the driver's own error name, and the device stays connected", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("work", fail("the door is open", "InterlockError"), fail("something"));
  await rejects(device.call("work"), {
    code: "DriverError",
    type: "InterlockError",
    origin: "device",
    message: "the door is open",
  });
  equal(device.lastError?.type, "InterlockError");
  await rejects(device.call("work"), { type: "DeviceError" });
  equal(await device.call("work", ["fine"]), "fine");
  equal(device.state, "connected");
  device.clearError();
  equal(device.status().last_error, null);
});

Deno.test("arguments may be given by position or by name, and are checked", async (test) => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  equal(await device.call("work", ["by position"]), "by position");
  equal(await device.call("work", [], { name: "by name" }), "by name");
  const wrong: [string, unknown[], Record<string, unknown>, RegExp][] = [
    ["too many", ["a", "b"], {}, /takes 1 argument \(name\), and 2 were given/],
    ["twice", ["a"], { name: "b" }, /"name" is given by position and by name/],
    ["an unknown name", [], { nmae: "a" }, /nmae/],
    ["a wrong type", [7], {}, /name: /],
  ];
  const { length } = instrument.calls;
  for (const [title, args, kwargs, message] of wrong) {
    await test.step(title, () => rejects(device.call("work", args, kwargs), { code: "InvalidRequest", message }));
  }
  equal([instrument.calls.length, device.lastError], [length, undefined]);
});

Deno.test("a call that is not possible rejects with the reason", async () => {
  await using bench = await scriptedBench();
  const { device } = bench;
  await rejects(device.call("work"), { code: "DeviceNotConnected", message: /"work" on "daq1": it is disconnected/ });
  await rejects(device.call("wrok"), { code: "MethodNotFound", message: /known methods are work/ });
  await rejects(device.call("_secret"), { code: "InvalidRequest", message: /begin with _ are private/ });
  await rejects(device.call("constructor"), { code: "MethodNotFound" });
});

Deno.test("the signal of a method that takes too long aborts, and its caller gets DeviceTimeout", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ limits: { connectMs: 1000, callMs: 2000, stopMs: 1000 } });
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("work", hang);
  const late = rejects(device.call("work", ["a"]), { code: "DeviceTimeout", message: /Cannot call "work".* 2000 ms/ });
  await time.tick(2000);
  await late;
  equal(instrument.calls.at(-1), "worked a");
  equal(await device.call("work", ["b"]), "b");
});

Deno.test("a call that has waited too long for its turn never runs", async () => {
  using time = fakeTime();
  await using bench = await scriptedBench({ limits: { connectMs: 1000, callMs: 2000, stopMs: 1000 } });
  const { device, instrument } = bench;
  await device.connect();
  const first = held();
  instrument.next("work", first.step);
  const calls = Promise.allSettled([device.call("work", ["a"]), device.call("work", ["b"])]);
  await time.tick(2000);
  equal((await calls).map(({ status }) => status), ["rejected", "rejected"]);
  first.release(undefined);
  equal(await device.call("work", ["c"]), "c");
  equal(instrument.calls.filter((call) => call.startsWith("work ")), ["work a", "work c"]);
});

Deno.test("disconnect() rejects the calls that wait, and none of them runs later", async () => {
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  instrument.next("work", ignore);
  const calls = Promise.allSettled([device.call("work", ["a"]), device.call("work", ["b"])]);
  await settled();
  await device.disconnect();
  for (const outcome of await calls) {
    equal(outcome.status === "rejected" && outcome.reason.code, "DeviceNotConnected");
  }
  equal(instrument.calls.filter((call) => call.startsWith("work ")), ["work a"]);
});

Deno.test("a call while the stream runs delays no sample, and a stream delays no call", async () => {
  await using bench = await scriptedBench();
  const { device, instrument, watch } = bench;
  await device.connect();
  await device.startStreaming();
  const long = held();
  instrument.next("work", long.step);
  const call = device.call("work");
  instrument.push(1, 2);
  while (watch.samples.length < 2) await watch.sample();
  long.release("done");
  equal(await call, "done");
});
