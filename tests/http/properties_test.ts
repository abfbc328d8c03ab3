import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { PropertyStatus } from "../../lib/wire/properties.ts";
import type { RestoreAnswer, Snapshot } from "../../lib/wire/snapshot.ts";
import { webBench } from "../support/web_bench.ts";

async function connectedBench() {
  const bench = await webBench();
  await bench.device.connect();
  return bench;
}

Deno.test("GET /devices/{id}/properties lists all properties with their values", async () => {
  await using bench = await connectedBench();
  const { body } = await bench.ask<{ properties: PropertyStatus[] }>("GET /devices/daq1/properties");
  const [level, reading] = body.properties;
  const { timestamp, ...facts } = level;
  match(timestamp!, /Z$/);
  equal(facts, {
    name: "level",
    summary: "How full",
    schema: { $schema: level.schema.$schema, type: "number", minimum: 0, maximum: 10, unit: "V" },
    writable: true,
    readable: true,
    value: 0,
  });
  equal([reading.name, reading.value, reading.writable], ["reading", 7, false]);
});

Deno.test("PUT answers with the value that was read back, and all readers get it", async () => {
  await using bench = await connectedBench();
  await using reader = await bench.open("/stream/devices/daq1");
  await using several = await bench.open("/stream?devices=*");
  await reader.state("streaming");
  bench.instrument.next("get", () => 4.98);
  const { status, body } = await bench.ask("PUT /devices/daq1/properties/level", { value: 5 });
  equal([status, body.name, body.value], [200, "level", 4.98]);
  for (const each of [reader, several]) {
    const event = await each.next(({ event }) => event === "property");
    equal([event.device_id, event.name, event.value, event.timestamp], ["daq1", "level", 4.98, body.timestamp]);
  }
  equal((await bench.ask("GET /devices/daq1/properties/level")).body.value, 5);
});

Deno.test("a value is refused before the driver is called: out of limits 400, read-only 405 with Allow", async () => {
  await using bench = await connectedBench();
  const { length } = bench.instrument.calls;
  const cases: [request: string, body: unknown, status: number, type: string][] = [
    ["PUT /devices/daq1/properties/level", { value: 11 }, 400, "InvalidRequest"],
    ["PUT /devices/daq1/properties/level", { value: "5" }, 400, "InvalidRequest"],
    ["PUT /devices/daq1/properties/level", {}, 400, "InvalidRequest"],
    ["PUT /devices/daq1/properties/level", { value: 1, wait: true }, 400, "InvalidRequest"],
    ["PUT /devices/daq1/properties/reading", { value: 1 }, 405, "PropertyReadOnly"],
    ["PUT /devices/daq1/properties/__proto__", { value: 1 }, 404, "PropertyNotFound"],
    ["PUT /devices/daq1/properties/le%20vel", { value: 1 }, 404, "PropertyNotFound"],
  ];
  for (const [request, body, status, type] of cases) {
    const refusal = await bench.refusal(request, body);
    equal([refusal.status, refusal.type], [status, type], request);
  }
  equal(bench.instrument.calls.length, length);
  equal((await bench.ask("PUT /devices/daq1/properties/reading", { value: 1 })).headers.get("allow"), "GET");
  const { context } = await bench.refusal("PUT /devices/daq1/properties/level", { value: 11 });
  equal((context.issues as { path: string }[])[0].path, "value");
});

Deno.test("a device that is not connected has no properties to set, and those known of it as a list", async () => {
  await using bench = await connectedBench();
  await bench.ask("PUT /devices/daq1/properties/level", { value: 2 });
  await bench.device.disconnect();
  equal((await bench.refusal("PUT /devices/daq1/properties/level", { value: 1 })).status, 409);
  equal((await bench.refusal("GET /devices/daq1/properties/level")).status, 409);
  const { body } = await bench.ask<{ properties: PropertyStatus[] }>("GET /devices/daq1/properties");
  equal(body.properties.map(({ value, error }) => [value, error?.type]), [
    [2, "DeviceNotConnected"],
    [null, "DeviceNotConnected"],
  ]);
});

Deno.test("POST /restore takes a snapshot as it came, and a part of one", async () => {
  await using bench = await connectedBench();
  await bench.ask("PUT /devices/daq1/properties/level", { value: 2 });
  const { body: snapshot } = await bench.ask<Snapshot>("GET /snapshot");
  equal(snapshot.devices[0].properties, { level: 2, reading: 7 });
  await bench.ask("PUT /devices/daq1/properties/level", { value: 3 });
  const change = { device_id: "daq1", name: "level", from: 3, to: 2 };
  const dry = await bench.ask<RestoreAnswer>("POST /restore", { ...snapshot, dry_run: true });
  equal([dry.body, bench.instrument.level], [{ changes: [change], skipped: [], warnings: [] }, 3]);
  equal((await bench.ask<RestoreAnswer>("POST /restore", snapshot)).body, {
    changes: [change],
    skipped: [],
    warnings: [],
  });
  equal(bench.instrument.level, 2);
  const part = { devices: [{ device_id: "daq1", properties: { level: 1 } }] };
  equal((await bench.ask<RestoreAnswer>("POST /restore", part)).body.changes, [{ ...change, from: 2, to: 1 }]);
  equal((await bench.refusal("POST /restore", { ...part, dryrun: true })).status, 400);
});

Deno.test("a stream without samples has the properties and states, and makes no device stream", async () => {
  await using bench = await connectedBench();
  const paths = ["/stream/devices/daq1?no_samples=true", "/stream?devices=daq1&no_samples=true"];
  for (const [i, path] of paths.entries()) {
    await using panel = await bench.open(path);
    await panel.state("connected");
    equal([bench.device.state, bench.device.status().stream.readers], ["connected", 0]);
    await using plot = await bench.open("/stream/devices/daq1");
    await panel.state("streaming");
    bench.instrument.push(1);
    await plot.sample();
    await bench.ask("PUT /devices/daq1/properties/level", { value: i + 1 });
    await panel.next(({ event }) => event === "property");
    equal(panel.events.map(({ event }) => event), ["device_state", "device_state", "property"]);
    await bench.ask("POST /devices/daq1/stream/stop");
  }
  const refusal = await bench.refusal("GET /stream?devices=daq1&no_samples=1");
  equal(refusal.message, "Cannot open the stream with no_samples=1: expected true or false");
});

Deno.test("a stream with joins=true has the samples of others' streams, and neither starts a device nor keeps it streaming", async () => {
  await using bench = await connectedBench();
  for (const path of ["/stream/devices/daq1?joins=true", "/stream?devices=*&joins=true&max_rate=1000"]) {
    await using page = await bench.open(path);
    await page.state("connected");
    equal([bench.device.state, bench.device.status().stream.readers], ["connected", 0]);
    await bench.ask("POST /devices/daq1/stream/start");
    await page.state("streaming");
    bench.instrument.push(7);
    equal((await page.sample()).payload, 7);
    equal(bench.device.status().stream.readers, 0);
    await bench.ask("POST /devices/daq1/stream/stop");
    await bench.watch.state("connected");
  }
});
