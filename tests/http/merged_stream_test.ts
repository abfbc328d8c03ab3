import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { Issue } from "../../lib/wire/error_report.ts";
import { ScriptedInstrument } from "../support/scripted_driver.ts";
import type { SSEReader } from "../support/sse_reader.ts";
import { fakeTime } from "../support/time.ts";
import { settled } from "../support/watch.ts";
import { webBench } from "../support/web_bench.ts";

/** Two connected devices, "daq1" on `bench.instrument` and "host1" on `other`. */
async function twoDevices() {
  const bench = await webBench();
  const other = new ScriptedInstrument();
  bench.daemon.registerPlugins({ devices: { Other: other.driver } });
  await bench.daemon.addDevice("host1", "Other");
  await bench.daemon.getDevice("daq1").connect();
  await bench.daemon.getDevice("host1").connect();
  return { ...bench, other, epoch: bench.daemon.epoch };
}

/** The samples of each device that a reader got. */
function payloadsOf(reader: SSEReader, id: string): unknown[] {
  return reader.events.filter((it) => it.event === "device_data" && it.device_id === id).map(({ payload }) => payload);
}

Deno.test("one stream carries several devices, each in order, first the state of each", async (test) => {
  for (const devices of ["daq1,host1", "*", "host1,daq1,host1", "daq1,*"]) {
    await test.step(devices, async () => {
      await using bench = await twoDevices();
      await using reader = await bench.open(`/stream?devices=${devices}`);
      const first = [await reader.next(), await reader.next()];
      equal(first.map(({ event }) => event), ["device_state", "device_state"]);
      equal(first.map(({ device_id }) => device_id).sort(), ["daq1", "host1"]);
      bench.instrument.push(1, 2);
      bench.other.push("a", "b");
      for (let n = 0; n < 4; n++) await reader.sample();
      equal([payloadsOf(reader, "daq1"), payloadsOf(reader, "host1")], [[1, 2], ["a", "b"]]);
      equal([bench.device.status().stream.readers, reader.retries], [1, [2000]]);
      equal(reader.response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    });
  }
});

Deno.test("a device that is not asked for is not started", async () => {
  await using bench = await twoDevices();
  await using reader = await bench.open("/stream?devices=host1");
  await reader.state("streaming");
  equal(bench.device.state, "connected");
});

Deno.test("the id of every event is the place in all devices, and a resume continues in each", async () => {
  await using bench = await twoDevices();
  const first = await bench.open("/stream?devices=daq1,host1");
  bench.instrument.push(0, 1);
  bench.other.push("a");
  for (let n = 0; n < 3; n++) await first.sample();
  for (const { id } of first.events) match(id!, new RegExp(`^${bench.epoch};`));
  const { id } = first.events.at(-1)!;
  equal(id!.split(";").slice(1).sort(), ["daq1:1", "host1:0"]);
  await first.leave();

  bench.instrument.push(2);
  bench.other.push("b", "c");
  await settled();
  for (const [path, headers] of [["", { "last-event-id": id! }], [`&since=${id}`, {}]] as const) {
    await using again = await bench.open(`/stream?devices=daq1,host1${path}`, headers);
    for (let n = 0; n < 3; n++) await again.sample();
    equal([payloadsOf(again, "daq1"), payloadsOf(again, "host1")], [[2], ["b", "c"]]);
    equal(again.events.filter(({ event }) => event === "gap"), []);
  }
});

Deno.test("a resume from another epoch gives a restart gap for each device", async () => {
  await using bench = await twoDevices();
  await using reader = await bench.open("/stream?devices=*", { "last-event-id": "k3f9;daq1:41;host1:7" });
  const gaps = [await reader.gap(), await reader.gap()].map((
    { device_id, from, to, reason },
  ) => [device_id, from, to, reason]);
  equal(gaps.sort(), [["daq1", 42, null, "restart"], ["host1", 8, null, "restart"]]);
});

Deno.test("a device that is added while the stream is open joins it, if its id or * was requested", async () => {
  await using bench = await twoDevices();
  await using all = await bench.open("/stream?devices=*");
  await using two = await bench.open("/stream?devices=daq1,host1");
  const newcomer = new ScriptedInstrument();
  bench.daemon.registerPlugins({ devices: { New: newcomer.driver } });
  await bench.ask("POST /devices", { device_id: "new1", device_type: "New" });
  await bench.ask("POST /devices/new1/connect");
  newcomer.push("hello");
  const { device_id, payload } = await all.sample();
  equal([device_id, payload], ["new1", "hello"]);

  bench.instrument.push("old");
  await two.sample();
  equal(two.events.some(({ device_id }) => device_id === "new1"), false);
});

Deno.test("a removed device ends with a state of reason removed, the others continue; added again it is back", async () => {
  await using bench = await twoDevices();
  await using reader = await bench.open("/stream?devices=daq1,host1");
  bench.instrument.push(0);
  await reader.sample();
  await bench.ask("DELETE /devices/daq1");
  equal((await reader.state("disconnected")).device_id, "daq1");
  equal((await reader.next(({ reason }) => reason === "removed")).device_id, "daq1");
  bench.other.push("a");
  equal((await reader.sample()).payload, "a");

  await bench.ask("POST /devices", { device_id: "daq1", device_type: "Scripted" });
  await bench.ask("POST /devices/daq1/connect");
  bench.instrument.push(1);
  const { device_id, sequence, payload } = await reader.sample();
  equal([device_id, sequence, payload], ["daq1", 1, 1]);
});

Deno.test("max_rate thins each device separately", async () => {
  using time = fakeTime();
  await using bench = await twoDevices();
  await using reader = await bench.open("/stream?devices=*&max_rate=10");
  for (let n = 0; n < 20; n++) {
    bench.instrument.push(n);
    bench.other.push(n);
    await time.tick(10);
  }
  await time.tick(200);
  for (const id of ["daq1", "host1"]) {
    while (payloadsOf(reader, id).at(-1) !== 19) await reader.sample();
    const samples = reader.events.filter((it) => it.event === "device_data" && it.device_id === id);
    const skipped = samples.reduce((sum, { skipped }) => sum + (skipped as number), 0);
    equal([samples.length <= 4, samples.length + skipped], [true, 20]);
  }
});

Deno.test("a reader that leaves ends its demand for every device", async () => {
  using time = fakeTime();
  await using bench = await twoDevices();
  const reader = await bench.open("/stream?devices=*");
  await reader.state("streaming");
  await reader.leave();
  await time.tick(1_100);
  equal(bench.daemon.devices().map(({ state, log: _, ...it }) => [state, it.id]), [["connected", "daq1"], [
    "connected",
    "host1",
  ]]);
  equal(bench.daemon.devices().map((device) => device.status().stream.readers), [0, 0]);
});

Deno.test("a wrong query of several devices is refused with its issue", async (test) => {
  await using bench = await twoDevices();
  const cases: [query: string, path: string, message: RegExp][] = [
    ["", "devices", /name the devices/],
    ["?devices=", "devices", /name the devices/],
    ["?devices=,", "devices", /name the devices/],
    ["?devices=daq1&sample_rate=5", "sample_rate", /"sample_rate".*\/stream\/devices\/\{id\}/],
    ["?devices=daq1&max_rate=fast", "max_rate", /max_rate=fast/],
  ];
  for (const [query, path, message] of cases) {
    await test.step(query || "nothing", async () => {
      const error = await bench.refusal(`GET /stream${query}`);
      equal([error.status, error.type, (error.context.issues as Issue[])[0].path], [400, "InvalidRequest", path]);
      match(error.message, message);
    });
  }
  for (const since of ["nonsense;", `${bench.epoch};daq1`, `${bench.epoch};daq1:x`, `${bench.epoch};daq1:-2`]) {
    await test.step(`since=${since}`, async () => {
      const { status, type } = await bench.refusal(`GET /stream?devices=daq1&since=${encodeURIComponent(since)}`);
      equal([status, type], [400, "InvalidRequest"]);
    });
  }
  equal(bench.device.status().stream.readers, 0);
});
