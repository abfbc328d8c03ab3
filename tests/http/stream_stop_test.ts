import { deepStrictEqual as equal } from "node:assert/strict";
import { settled } from "../support/watch.ts";
import { webBench } from "../support/web_bench.ts";

Deno.test("an explicit stop ends the run and the device's own streams; streams of several devices get its state", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using one = await bench.open("/stream/devices/daq1");
  await using two = await bench.open("/stream/devices/daq1");
  await using all = await bench.open("/stream?devices=*");
  await all.state("streaming");
  bench.instrument.push("last");
  await all.sample();

  equal((await bench.ask("POST /devices/daq1/stream/stop")).status, 200);
  equal(bench.device.state, "connected");
  for (const reader of [one, two]) {
    await reader.end();
    equal([reader.payloads, reader.events.at(-1)!.state], [["last"], "connected"]);
  }
  await all.state("connected");
  await settled();
  equal([bench.device.status().stream.readers, bench.device.state], [1, "connected"]);

  await bench.ask("POST /devices/daq1/stream/start");
  bench.instrument.push("again");
  equal((await all.sample()).payload, "again");
});

Deno.test("after an explicit stop, a page that reconnects by itself only waits", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  const first = await bench.open("/stream/devices/daq1");
  bench.instrument.push(0);
  const { id } = await first.sample();
  await bench.ask("POST /devices/daq1/stream/stop");
  await first.end();

  for (const path of ["/stream/devices/daq1", `/stream/devices/daq1?since=${id}`, "/stream?devices=daq1"]) {
    await test.step(path, async () => {
      const place = path.includes("devices=") ? `${bench.daemon.epoch};daq1:0` : id!;
      await using again = await bench.open(path, { "last-event-id": place });
      equal((await again.next()).state, "connected");
      await settled();
      equal(bench.device.state, "connected");
    });
  }

  // A page that opens another stream by itself cannot set a header: its place is in the query.
  for (const path of [`/stream/devices/daq1?since=${id}`, `/stream?devices=daq1&since=${bench.daemon.epoch};daq1:0`]) {
    await test.step(`${path} with waits=true`, async () => {
      await using again = await bench.open(`${path}&waits=true`);
      equal((await again.next()).state, "connected");
      await settled();
      equal(bench.device.state, "connected");
    });
  }

  await using again = await bench.open("/stream/devices/daq1", { "last-event-id": id! });
  await bench.ask("POST /devices/daq1/stream/start");
  bench.instrument.push(1);
  equal((await again.sample()).payload, 1);
});

Deno.test("after an explicit stop, a new reader starts the device again", async (test) => {
  for (const path of ["/stream/devices/daq1", "/stream?devices=daq1", "/stream?devices=*"]) {
    await test.step(path, async () => {
      await using bench = await webBench();
      await bench.device.connect();
      await bench.ask("POST /devices/daq1/stream/stop");
      await using reader = await bench.open(path);
      await reader.state("streaming");
    });
  }
});

Deno.test("after an explicit stop, a new reader with ?since= starts the device, too", async (test) => {
  for (const path of ["/stream/devices/daq1?since=", "/stream?devices=daq1&since="]) {
    await test.step(path, async () => {
      await using bench = await webBench();
      await bench.device.connect();
      await bench.device.startStreaming();
      bench.instrument.push("missed");
      await bench.watch.sample();
      await bench.ask("POST /devices/daq1/stream/stop");
      const { epoch } = bench.daemon;
      await using reader = await bench.open(path + (path.includes("devices=") ? `${epoch};daq1:-1` : `${epoch}--1`));
      equal((await reader.sample()).payload, "missed");
      await reader.state("streaming");
    });
  }
});

Deno.test("a reader that reconnects while others read continues with them", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using steady = await bench.open("/stream/devices/daq1");
  const first = await bench.open("/stream/devices/daq1");
  bench.instrument.push(0, 1);
  const { id } = await first.sample();
  await first.leave();
  await using again = await bench.open("/stream/devices/daq1", { "last-event-id": id! });
  equal((await again.sample()).sequence, 1);
  await steady.sample();
  equal(bench.device.state, "streaming");
});

Deno.test("a removed device ends its own streams", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using reader = await bench.open("/stream/devices/daq1");
  await reader.state("streaming");
  await bench.ask("DELETE /devices/daq1");
  await reader.end();
  const { state, reason } = reader.events.at(-1)!;
  equal([state, reason], ["disconnected", "removed"]);
});

Deno.test("a device that is disconnected keeps its streams, and they continue when it is connected again", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  await using reader = await bench.open("/stream/devices/daq1");
  bench.instrument.push(0);
  await reader.sample();
  await bench.ask("POST /devices/daq1/disconnect");
  await reader.state("disconnected");
  await bench.ask("POST /devices/daq1/connect");
  bench.instrument.push(1);
  equal((await reader.sample()).sequence, 1);
});

Deno.test("a waits that is neither true nor false is refused, and starts no device", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  for (const path of ["/stream/devices/daq1?waits=yes", "/stream?devices=daq1&waits=yes"]) {
    const { status, type, message } = await bench.refusal(`GET ${path}`);
    equal([status, type], [400, "InvalidRequest"]);
    equal(message, "Cannot open the stream with waits=yes: expected true or false");
  }
  equal(bench.device.state, "connected");
});
