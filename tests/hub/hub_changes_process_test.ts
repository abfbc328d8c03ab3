/** A bench at a real hub, whose devices change, and whose messages are larger than the hub takes. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { Device } from "../../lib/device/device.ts";
import type { BenchListener } from "../../lib/device/device_table.ts";
import { connectHub, type HubConnection } from "../../lib/hub/hub_connection.ts";
import { Hub, type HubBench, type HubParts } from "../../lib/hub/hub.ts";
import { auditSubject, dataSubject, keyOf, streamName } from "../../lib/hub/names.ts";
import { decodeFrames } from "../../lib/stream/mod.ts";
import type { NewAuditEntry } from "../../lib/wire/audit.ts";
import type { DriverStatus } from "../../lib/wire/driver.ts";
import { natsServer } from "../support/nats_server.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { until } from "../support/until.ts";

const BENCH = "lab3";

function hubOf(url: string, bench: HubBench, more: Partial<HubParts> = {}): Hub {
  const daemon = { fetch: () => new Response(), needsToken: true };
  return new Hub({ options: { bench: BENCH, servers: [url] }, bench, daemon, facts: { version: "1.0.0" }, ...more });
}

/** The messages of a subject in the hub, in their order. */
async function messagesOf({ manager }: HubConnection, subject: string): Promise<Uint8Array[]> {
  const { state } = await manager.streams.info(streamName(BENCH));
  const found: Uint8Array[] = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage(streamName(BENCH), { seq });
    if (message?.subject === subject) found.push(message.data);
  }
  return found;
}

Deno.test("a device that is removed and added again within a moment has all of both at the hub, in order", async () => {
  await using server = await natsServer();
  await using first = await scriptedBench();
  await using second = await scriptedBench();
  const devices = [first.device];
  let listener: BenchListener = {};
  const bench = {
    epoch: first.daemon.epoch,
    devices: () => devices,
    drivers: () => [],
    listen: (it: BenchListener) => (listener = it, () => {}),
  };
  for (const { device, instrument, watch } of [first, second]) {
    await device.connect();
    await device.startStreaming();
    instrument.push(device === first.device ? "first" : "second");
    await watch.next(({ event }) => event === "device_data");
  }
  const hub = hubOf(server.url, bench);
  const reader = await connectHub({ bench: BENCH, servers: [server.url] });
  const payloads = async () =>
    (await messagesOf(reader, dataSubject(BENCH, "daq1"))).flatMap((bytes) =>
      decodeFrames(bytes).flatMap((it) => it.event === "device_data" ? [it.payload] : [])
    );
  await until("the first sample has arrived", async () => (await payloads()).length === 1);
  const replace = (device: Device) => {
    const [before] = devices.splice(0, 1, device);
    listener.removed!(before);
    listener.added!(device);
  };
  first.instrument.push("last");
  await first.watch.next(({ payload }) => payload === "last");
  replace(second.device);
  await until("the second one goes on", async () => (await payloads()).includes("second"));
  equal(await payloads(), ["first", "last", "second"]);
  await hub.close();
  await reader.nats.close();
});

Deno.test("a slow device whose last message the stream has dropped by its number of messages goes on behind it, and sends nothing again", async () => {
  await using server = await natsServer();
  await using bench = await scriptedBench();
  const { device, instrument } = bench;
  await device.connect();
  await device.startStreaming();
  const hub = hubOf(server.url, bench.daemon);
  const reader = await connectHub({ bench: BENCH, servers: [server.url] });
  const payloads = async () =>
    (await messagesOf(reader, dataSubject(BENCH, "daq1"))).flatMap((bytes) =>
      decodeFrames(bytes).flatMap((it) => it.event === "device_data" ? [it.payload] : [])
    );
  instrument.push(1, 2, 3);
  await until("its samples have arrived", async () => (await payloads()).length === 3);
  // As by "nats stream edit lab-lab3 --max-msgs 10".
  await reader.manager.streams.update(streamName(BENCH), { max_msgs: 10 });
  for (let i = 0; i < 12; i++) await reader.js.publish(dataSubject(BENCH, "fast1"), String(i));
  equal(await payloads(), []);
  instrument.push(4);
  await until("the next one has arrived", async () => (await payloads()).includes(4));
  equal(await payloads(), [4]);
  await hub.close();
  await reader.nats.close();
});

Deno.test("of two daemons of one name, each sends its samples once, in order: at each change both sent all again", async () => {
  await using server = await natsServer();
  await using first = await scriptedBench();
  await using second = await scriptedBench();
  const hubs: Hub[] = [];
  const reader = await connectHub({ bench: BENCH, servers: [server.url] });
  const payloads = async () =>
    (await messagesOf(reader, dataSubject(BENCH, "daq1"))).flatMap((bytes) =>
      decodeFrames(bytes).flatMap((it) => it.event === "device_data" ? [it.payload] : [])
    );
  const sent: string[] = [];
  for (let i = 0; i < 4; i++) {
    for (const it of [first, second]) {
      if (i === 0) {
        await it.device.connect();
        await it.device.startStreaming();
        hubs.push(hubOf(server.url, it.daemon));
      }
      sent.push(`${it === first ? "first" : "second"} ${i}`);
      it.instrument.push(sent.at(-1));
      await until(`${sent.at(-1)} has arrived`, async () => (await payloads()).includes(sent.at(-1)));
    }
  }
  equal(await payloads(), sent);
  for (const hub of hubs) await hub.close();
  await reader.nats.close();
});

Deno.test("a hub that takes small messages gets the whole audit log, and all of a bench but a driver that is larger", async () => {
  await using server = await natsServer("max_payload: 65536");
  await using tokens = await tokenFolder();
  await using scripted = await scriptedBench();
  const { daemon } = scripted;
  const large = { name: "Large", summary: "x".repeat(100_000) } as DriverStatus;
  const bench = {
    epoch: daemon.epoch,
    devices: () => daemon.devices(),
    drivers: () => [large, ...daemon.drivers()],
    listen: (it: BenchListener) => daemon.listen(it),
  };
  const audit = tokens.access.audit!;
  const about = { at: "2026-11-26T20:00:00.000000Z", who: "alice", action: "POST /devices/{device_id}/call" };
  const entry = { ...about, path: "/devices/daq1/call", input: "x".repeat(2_000), outcome: "done", request_id: "r1" };
  await Promise.all(Array.from({ length: 100 }, () => audit.append(entry as NewAuditEntry)));
  const hub = hubOf(server.url, bench, { audit });
  await using ends = new AsyncDisposableStack();
  ends.defer(() => hub.close());
  const reader = await connectHub({ bench: BENCH, servers: [server.url] });
  ends.defer(() => reader.nats.close());
  // On a busy machine an answer may be late.
  const value = async (key: string) => (await reader.bucket.get(key).catch(() => null))?.operation;
  await until("its device is announced", async () => await value(keyOf(BENCH, "devices", "daq1")) === "PUT");
  await until("its other driver is announced", async () => await value(keyOf(BENCH, "drivers", "Scripted")) === "PUT");
  await until("the large one is not there", async () => await value(keyOf(BENCH, "drivers", "Large")) === "DEL");
  const lines = async () =>
    (await messagesOf(reader, auditSubject(BENCH))).flatMap((bytes) =>
      new TextDecoder().decode(bytes).trimEnd().split("\n")
    );
  await until("all entries are there", async () => (await lines()).length === 100);
  equal(await lines(), (await audit.read(0, 1e6)).map(({ text }) => text));
});
