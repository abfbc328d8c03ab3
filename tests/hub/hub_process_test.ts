/** A bench at a real hub: what it announces, publishes and answers, through kills of the server and restarts of the bench. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { AuditLog } from "../../lib/access/audit_log.ts";
import type { LabDaemon } from "../../lib/daemon.ts";
import { createApp } from "../../lib/http/app.ts";
import { connectHub, type HubConnection } from "../../lib/hub/hub_connection.ts";
import { FRAME_HEADERS } from "../../lib/hub/frame_message.ts";
import { Hub } from "../../lib/hub/hub.ts";
import { auditSubject, dataSubject, keyOf, requestSubject, streamName } from "../../lib/hub/names.ts";
import { REQUEST_HEADERS } from "../../lib/hub/requests.ts";
import { decodeFrames } from "../../lib/stream/mod.ts";
import { serveBench } from "../support/served_bench.ts";
import { natsServer } from "../support/nats_server.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { until } from "../support/until.ts";

const BENCH = "lab3";

function hubOf(url: string, daemon: LabDaemon, needsToken = false, app = createApp(daemon), audit?: AuditLog): Hub {
  const answering = { fetch: (request: Request) => app.fetch(request), needsToken };
  return new Hub({
    options: { bench: BENCH, servers: [url] },
    bench: daemon,
    daemon: answering,
    audit,
    facts: { version: "1.0.0" },
  });
}

/** The events of a device in the hub, in the order of its messages. */
async function eventsOf({ manager }: HubConnection, device = "daq1") {
  const name = streamName(BENCH);
  const { state } = await manager.streams.info(name);
  const events: Record<string, unknown>[] = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage(name, { seq });
    if (message?.subject !== dataSubject(BENCH, device)) continue;
    const found = decodeFrames(message.data);
    const samples = found.filter(({ event }) => event === "device_data");
    equal(message.header.get(FRAME_HEADERS.count), String(samples.length));
    const [sample] = samples as unknown as Record<string, unknown>[];
    if (sample) equal(message.header.get(FRAME_HEADERS.first), String(sample.sequence));
    events.push(...found as unknown as Record<string, unknown>[]);
  }
  return events;
}

const sequences = (events: Record<string, unknown>[]) =>
  events.filter(({ event }) => event === "device_data").map(({ sequence }) => sequence);

Deno.test("a bench publishes each sample once and in order, through kills of the hub, its wiping, and a restart of the bench", async () => {
  await using server = await natsServer();
  await using bench = await scriptedBench();
  const { daemon, device, instrument } = bench;
  const first = hubOf(server.url, daemon);
  await device.connect();
  await device.startStreaming();
  let count = 0;
  const push = (many: number) => instrument.push(...Array.from({ length: many }, () => count++));
  push(100);
  await until("the hub is reached", () => first.isConnected);
  let reader = await connectHub({ bench: BENCH, servers: [server.url] });
  const arrived = async () => sequences(await eventsOf(reader).catch(() => [])).length >= count;
  await until("the first samples have arrived", arrived);
  for (let kills = 0; kills < 2; kills++) {
    push(50);
    await server.kill();
    push(50);
    await server.start();
    push(50);
    await until(`all have arrived behind kill ${kills}`, arrived);
  }
  equal(sequences(await eventsOf(reader)), Array.from({ length: count }, (_, i) => i));

  await reader.manager.streams.delete(streamName(BENCH));
  push(10);
  await until("the hub that was wiped is filled again", arrived);
  equal(sequences(await eventsOf(reader)), Array.from({ length: count }, (_, i) => i));

  // As "hub keep --max-age 720h" makes it: what is purged has not been dropped by its age.
  await reader.manager.streams.update(streamName(BENCH), { max_age: 720 * 3600 * 1e9 });
  await reader.manager.streams.purge(streamName(BENCH));
  push(10);
  await until("the stream that was purged is filled again", arrived);
  equal(sequences(await eventsOf(reader)), Array.from({ length: count }, (_, i) => i));
  await first.close();

  // The next run of the daemon has another epoch.
  await using next = await scriptedBench();
  const second = hubOf(server.url, next.daemon);
  await next.device.connect();
  await next.device.startStreaming();
  next.instrument.push("again");
  const behind = async () => (await eventsOf(reader)).slice(-20).some(({ payload }) => payload === "again");
  await until("the next run goes on", behind);
  const events = await eventsOf(reader);
  const gap = events.find(({ event }) => event === "gap");
  equal([gap?.from, gap?.to, gap?.reason], [count, null, "restart"]);
  ok(events.indexOf(gap!) < events.findIndex(({ payload }) => payload === "again"));
  await second.close();
  await reader.nats.close();
  reader = undefined!;
});

Deno.test("a bench announces itself and its devices, and answers requests by the token of the one who asks", async () => {
  await using server = await natsServer();
  await using tokens = await tokenFolder();
  await using bench = await scriptedBench();
  const app = createApp(bench.daemon, { host: "127.0.0.1", access: tokens.access });
  const { authorization } = await tokens.token("alice", "control");
  const { authorization: reads } = await tokens.token("bob", "read");
  const audit = tokens.access.audit!;
  const hub = hubOf(server.url, bench.daemon, true, app, audit);
  await until("the hub is reached", () => hub.isConnected);
  const asking = await connectHub({ bench: BENCH, servers: [server.url] });
  const value = async (key: string) => (await asking.bucket.get(key))?.json<Record<string, unknown>>();
  const deviceKey = keyOf(BENCH, "devices", "daq1");
  await until("the device is announced", async () => (await value(deviceKey))?.state === "disconnected");
  const announced = await value(keyOf(BENCH, "bench"));
  equal([announced?.bench, announced?.version, announced?.ended_at], [BENCH, "1.0.0", null]);

  const ask = async (request: string, body?: unknown, token?: string) => {
    const [method, path] = request.split(" ");
    const headers = asking.headers();
    headers.set(REQUEST_HEADERS.method, method);
    headers.set(REQUEST_HEADERS.path, path);
    if (token) headers.set("Authorization", token);
    if (body) headers.set("Content-Type", "application/json");
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const answer = await asking.nats.request(requestSubject(BENCH), sent, { headers, timeout: 60_000 });
    return [Number(answer.headers?.get(REQUEST_HEADERS.status)), answer.json<Record<string, unknown>>()] as const;
  };
  equal((await ask("GET /devices"))[0], 401);
  equal((await ask("POST /devices/daq1/connect", {}, reads))[0], 403);
  equal((await ask("POST /devices/daq1/connect", {}, authorization))[1].state, "connected");
  const [, lease] = await ask("POST /leases", { devices: ["daq1"], purpose: "IV curve" }, authorization);
  equal((lease.devices as string[])[0], "daq1");
  equal((await ask("POST /devices/daq1/disconnect", {}, authorization))[0], 409);
  equal((await ask("GET /stream/devices/daq1", undefined, authorization))[0], 400);
  equal((await ask("FETCH /devices", undefined, authorization))[0], 400);
  equal((await ask("GET /devices", undefined, "Bearer 世界"))[0], 400);
  await until("its new state is announced", async () => {
    const { state, lease: owner } = await value(deviceKey) ?? {};
    return state === "connected" && (owner as { purpose?: string } | null)?.purpose === "IV curve";
  });

  // Its audit log is there, entry by entry, also after a wipe.
  const audited = async () => {
    const lines: string[] = [];
    const { state } = await asking.manager.streams.info(streamName(BENCH));
    for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
      const message = await asking.manager.streams.getMessage(streamName(BENCH), { seq });
      if (message?.subject === auditSubject(BENCH)) lines.push(...message.string().trimEnd().split("\n"));
    }
    return lines;
  };
  const written = async () => (await audit.read(0, 1e6)).map(({ text }) => text);
  const isWhole = async () => (await audited().catch(() => [])).length >= (await written()).length;
  await until("the entries have arrived", isWhole);
  ok((await written()).length > 4);
  equal(await audited(), await written());
  await asking.manager.streams.delete(streamName(BENCH));
  await ask("POST /devices/daq1/connect", {}, reads);
  await until("the entries have arrived again", isWhole);
  equal(await audited(), await written());
  await hub.close();
  ok((await value(keyOf(BENCH, "bench")))?.ended_at, "it says that it has ended");
  await asking.nats.close();
  app.close();
});

Deno.test("a bench without tokens answers nothing by the hub", async () => {
  await using server = await natsServer();
  await using bench = await scriptedBench();
  const hub = hubOf(server.url, bench.daemon);
  await until("the hub is reached", () => hub.isConnected);
  const asking = await connectHub({ bench: BENCH, servers: [server.url] });
  const headers = asking.headers();
  headers.set(REQUEST_HEADERS.method, "GET");
  headers.set(REQUEST_HEADERS.path, "/devices");
  const answer = await asking.nats.request(requestSubject(BENCH), undefined, { headers, timeout: 60_000 });
  equal(answer.headers?.get(REQUEST_HEADERS.status), "403");
  await hub.close();
  await asking.nats.close();
});

Deno.test("a daemon with a hub in its bench file is there, streams, and says that it has ended", async () => {
  await using server = await natsServer();
  const bench = `hub: { servers: ["${server.url}"], bench: ${BENCH} }\n` +
    "devices: [{ id: daq1, driver: Counter, streaming: always, options: { sample_rate: 100 } }]\n";
  const reader = await connectHub({ bench: BENCH, servers: [server.url] });
  const announced = async () => (await reader.bucket.get(keyOf(BENCH, "bench")))?.json<{ ended_at: string | null }>();
  {
    await using _ = await serveBench(bench, { drivers: ["counter.ts"] });
    await until("some samples have arrived", async () => sequences(await eventsOf(reader)).length > 20);
    equal((await announced())?.ended_at, null);
  }
  ok((await announced())?.ended_at);
  const found = sequences(await eventsOf(reader));
  equal(found, found.map((_, i) => i));
  await reader.nats.close();
});

Deno.test("a sample that is larger than the messages of the hub is a gap there, and the stream goes on", async () => {
  await using server = await natsServer("max_payload: 65536");
  await using bench = await scriptedBench();
  const hub = hubOf(server.url, bench.daemon);
  await bench.device.connect();
  await bench.device.startStreaming();
  for (const sample of [1, "x".repeat(100_000), 2]) bench.instrument.push(sample);
  const reader = await connectHub({ bench: BENCH, servers: [server.url] });
  const events = () => eventsOf(reader).catch(() => []);
  await until("the last sample has arrived", async () => (await events()).at(-1)?.payload === 2);
  const found = (await events()).filter(({ event }) => event === "device_data" || event === "gap");
  equal(found.map(({ payload, from, to }) => payload ?? [from, to]), [1, [1, 1], 2]);
  await hub.close();
  await reader.nats.close();
});
