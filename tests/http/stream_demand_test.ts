import { deepStrictEqual as equal } from "node:assert/strict";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";
import { webBench } from "../support/web_bench.ts";

Deno.test("the first reader starts the device; it stops one second after the last has left", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await bench.device.connect();
  equal(bench.device.state, "connected");
  await using one = await bench.open("/stream/devices/daq1");
  await using two = await bench.open("/stream/devices/daq1");
  await Promise.all([one.state("streaming"), time.tick(10)]);
  equal(bench.device.status().stream.readers, 2);

  await one.leave();
  await time.tick(10_000);
  bench.instrument.push("for two");
  await time.tick(10);
  equal([(await two.sample()).payload, bench.device.status().stream.readers], ["for two", 1]);

  await two.leave();
  await time.tick(900);
  equal(bench.device.state, "streaming");
  await time.tick(200);
  equal([bench.device.state, bench.device.status().stream.readers], ["connected", 0]);
});

Deno.test("a reader that leaves stops neither an explicit start nor a local callback", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await bench.device.connect();
  await bench.device.startStreaming(() => {});
  const reader = await bench.open("/stream/devices/daq1");
  await reader.leave();
  await time.tick(60_000);
  equal(bench.device.state, "streaming");
});

Deno.test("a manual device is not started by a reader", async () => {
  await using bench = await webBench({ streaming: "manual" });
  await bench.device.connect();
  await using reader = await bench.open("/stream/devices/daq1");
  await settled();
  equal(bench.device.state, "connected");
  await bench.ask("POST /devices/daq1/stream/start");
  await reader.state("streaming");
});

Deno.test("a reader that is back within the linger time finds the same run", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  await bench.device.connect();
  const first = await bench.open("/stream/devices/daq1");
  await Promise.all([first.state("streaming"), time.tick(10)]);
  await first.leave();
  await time.tick(900);
  await using again = await bench.open("/stream/devices/daq1");
  await time.tick(5_000);
  equal([(await again.next()).state, bench.instrument.runs.length], ["streaming", 1]);
});

Deno.test("close() ends every stream, so that a server can shut down", async () => {
  await using bench = await webBench();
  await using one = await bench.open("/stream/devices/daq1");
  await using all = await bench.open("/stream?devices=*");
  bench.app.close();
  await one.end();
  await all.end();
  equal(bench.device.status().stream.readers, 0);
});

Deno.test("a reader that leaves without reading is removed", async () => {
  using time = fakeTime();
  await using bench = await webBench();
  const response = await bench.app.request("/stream/devices/daq1");
  equal(bench.device.status().stream.readers, 1);
  await response.body!.cancel();
  await time.tick(1_100);
  equal([bench.device.status().stream.readers, time.timers], [0, 0]);
});
