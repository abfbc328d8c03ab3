/** Leases over HTTP: who may command a leased device, and what its end does. */
import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import { ROUTE_TABLE } from "../../lib/http/access/route_table.ts";
import type { GrantedLease, LeasesAnswer } from "../../lib/wire/leases.ts";
import { fakeTime } from "../support/time.ts";
import { until } from "../support/until.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { webBench } from "../support/web_bench.ts";

/** Supplies, and the commands that they got. */
async function supplies(access?: Parameters<typeof webBench>[1]) {
  const calls: string[] = [];
  let held: Promise<unknown> | undefined;
  const driver = defineDriver({
    name: "Supply",
    options: z.object({ sample_rate: z.number().default(10) }),
    create: () => ({
      safe: (reason: string) => void calls.push(`safe: ${reason}`),
      async *stream(signal: AbortSignal) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    }),
    methods: {
      on: {
        run: async () => {
          calls.push("on");
          await held;
        },
      },
    },
    properties: {
      voltage: {
        schema: z.number(),
        get: () => 5,
        set: (_: unknown, value: number) => void calls.push(`set ${value}`),
      },
    },
  });
  const bench = await webBench({}, access);
  bench.daemon.registerPlugins({ devices: { Supply: driver } });
  for (const id of ["psu1", "psu2"]) await (await bench.daemon.addDevice(id, "Supply")).connect();
  const lease = async (devices: string[], more: Record<string, unknown> = {}, headers?: HeadersInit) =>
    (await bench.ask<GrantedLease>("POST /leases", { devices, ...more }, headers)).body;
  return {
    ...bench,
    bench,
    calls,
    lease,
    hold: (until: Promise<unknown>) => held = until,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

const isEnd = ({ event, state }: { event?: unknown; state?: unknown }) => event === "lease" && state !== "granted";

const by = ({ token }: GrantedLease) => ({ "x-lease": token });

/** The bodies of the commands of the table; `{}` by default. */
const BODIES: Record<string, unknown> = {
  "POST /devices/{device_id}/call": { method: "on" },
  "PUT /devices/{device_id}/properties/{name}": { value: 1 },
};

/** The routes whose handlers ask for leases: each has a test below. */
const HANDLERS = ["DELETE /calls/{call_id}", "POST /recordings", "POST /restore"];

const COMMANDS = Object.entries(ROUTE_TABLE).filter(([, { lease }]) => lease === "path").map(([route]) => route);

const pathOf = (route: string) =>
  route.replace("{device_id}", "psu1").replace("{method}", "on").replace("{name}", "voltage");

Deno.test("every route that is no GET says what leases have to do with it", () => {
  const unsaid = Object.entries(ROUTE_TABLE).filter(([route, { lease }]) => !route.startsWith("GET ") && !lease);
  equal(unsaid, []);
  const handlers = Object.entries(ROUTE_TABLE).filter(([, { lease }]) => lease === "handler").map(([route]) => route);
  equal(handlers.sort(), HANDLERS);
  // Each command to a device needs its lease, but for what makes it safe, or commands nothing.
  const free = Object.entries(ROUTE_TABLE).filter(([route, { lease }]) => /device_id/.test(route) && lease === "free");
  equal(free.map(([route]) => route), [
    "POST /devices/{device_id}/keep",
    "POST /devices/{device_id}/safe",
    "POST /devices/{device_id}/alarms/{name}/acknowledge",
  ]);
});

for (const route of COMMANDS) {
  Deno.test(`${route} of a leased device: 409 DeviceInUse without its token, LeaseEnded with one that is over`, async () => {
    await using it = await supplies();
    const lease = await it.lease(["psu1"], { purpose: "IV curve" });
    const refused = await it.refusal(pathOf(route), BODIES[route] ?? {});
    equal([refused.status, refused.type], [409, "DeviceInUse"]);
    match(refused.message, /"psu1" is leased by "\w+" for "IV curve" until 20\d\d-/);
    equal([refused.context.purpose, refused.context.lease_id], ["IV curve", lease.lease_id]);
    const other = await it.lease(["psu2"]);
    equal((await it.refusal(pathOf(route), BODIES[route] ?? {}, by(other))).type, "DeviceInUse");
    equal((await it.refusal(pathOf(route), BODIES[route] ?? {}, { "x-lease": "lab_old" })).type, "LeaseEnded");
    equal(it.calls, []);
    const allowed = await it.ask<{ error?: { type: string } }>(pathOf(route), BODIES[route] ?? {}, by(lease));
    ok(!["DeviceInUse", "LeaseEnded"].includes(allowed.body?.error?.type ?? ""), allowed.text);
  });
}

Deno.test("POST /restore, POST /recordings and DELETE /calls need the leases of the devices that they touch", async () => {
  await using it = await supplies();
  const snapshot = { devices: [{ device_id: "psu1", device_type: "Supply", properties: { voltage: 3 } }] };
  equal((await it.ask("POST /restore", { ...snapshot, dry_run: true })).status, 200);
  it.hold(new Promise(() => {}));
  const running = await it.ask<{ call_id: string }>("POST /devices/psu1/call", { method: "on" }, {
    prefer: "respond-async",
  });
  const lease = await it.lease(["psu1"]);
  equal((await it.refusal("POST /restore", snapshot)).type, "DeviceInUse");
  equal((await it.refusal("POST /recordings", { name: "run1" })).type, "DeviceInUse");
  equal((await it.refusal(`DELETE /calls/${running.body.call_id}`)).type, "DeviceInUse");
  equal((await it.ask("POST /recordings", { name: "run1", devices: ["psu2"] })).status, 201);
  const cancelled = it.ask(`DELETE /calls/${running.body.call_id}`, undefined, by(lease));
  await it.ask("POST /safe");
  equal((await cancelled).status, 200);
});

Deno.test("reading a leased device is always allowed, and starts no stream", async () => {
  await using it = await supplies();
  const lease = await it.lease(["psu1"]);
  for (const path of ["", "/methods", "/properties", "/properties/voltage", "/history"]) {
    equal((await it.ask(`GET /devices/psu1${path}`)).status, 200);
  }
  const { body } = await it.ask<Record<string, unknown>>("GET /devices/psu1");
  equal([body.owned_by, (body.lease as GrantedLease).lease_id], [lease.owner, lease.lease_id]);
  const watching = await it.open("/stream/devices/psu1");
  const both = await it.open("/stream?devices=psu1,psu2");
  await until("psu2 streams", () => it.daemon.getDevice("psu2").isStreaming());
  ok(!it.daemon.getDevice("psu1").isStreaming());
  equal((await it.refusal("GET /stream/devices/psu1?sample_rate=5")).type, "DeviceInUse");
  const owner = await it.open("/stream/devices/psu1", by(lease));
  await until("psu1 streams", () => it.daemon.getDevice("psu1").isStreaming());
  for (const reader of [watching, both, owner]) await reader[Symbol.asyncDispose]();
});

Deno.test("anyone may make a leased device safe", async () => {
  await using it = await supplies();
  await it.lease(["psu1"]);
  equal((await it.ask("POST /devices/psu1/safe", { reason: "smoke" })).status, 200);
  equal(it.calls, ["safe: smoke"]);
});

Deno.test("a lease that is not renewed: the device is made safe, its streams say so, and it is free", async () => {
  using time = fakeTime();
  await using it = await supplies();
  const lease = await it.lease(["psu1"], { ttl: 5, purpose: "IV curve" });
  const reader = await it.open("/stream/devices/psu1");
  await time.tick(4_000);
  equal((await it.ask(`PUT /leases/${lease.lease_id}`, {}, by(lease))).status, 200);
  await time.tick(4_999);
  equal(it.calls, []);
  await time.tick(1);
  equal(it.calls, [`safe: the lease of ${lease.owner} has ended: it was not renewed`]);
  equal((await it.ask<LeasesAnswer>("GET /leases")).body, { leases: [], queue: [] });
  equal((await it.refusal("POST /devices/psu1/call", { method: "on" }, by(lease))).type, "LeaseEnded");
  equal((await it.ask("POST /devices/psu1/call", { method: "on" })).status, 200);
  equal((await it.refusal(`PUT /leases/${lease.lease_id}`, {}, by(lease))).status, 404);
  const reading = [reader.next(isEnd), reader.next(isEnd)];
  await time.tick(100);
  const events = await Promise.all(reading);
  equal(events.map(({ state, safe, purpose }) => [state, safe, purpose]), [
    ["expired", undefined, "IV curve"],
    ["free", true, "IV curve"],
  ]);
  await reader[Symbol.asyncDispose]();
});

Deno.test("a device is not leased again before it is safe", async () => {
  using time = fakeTime();
  await using it = await supplies();
  const running = Promise.withResolvers<void>();
  it.hold(running.promise);
  const lease = await it.lease(["psu1"], { ttl: 5 });
  const call = it.ask<{ error: { type: string } }>("POST /devices/psu1/call", { method: "on" }, by(lease));
  const next = it.lease(["psu1"], { wait: 60 });
  await time.tick(5_000);
  // The method ignores its signal: safe waits for it, for half a second.
  equal(it.calls, ["on"]);
  match((await it.refusal("POST /devices/psu1/call", { method: "on" })).message, /is being made safe/);
  await time.tick(500);
  equal(it.calls.length, 2);
  equal((await next).devices, ["psu1"]);
  running.resolve();
  await call;
  equal((await it.ask(`DELETE /leases/${(await next).lease_id}`, undefined, by(await next))).status, 204);
});

Deno.test("POST /leases with wait gets the devices when all are free, and is refused when its time is over", async () => {
  using time = fakeTime();
  await using it = await supplies();
  const first = await it.lease(["psu1"], { ttl: 60 });
  equal((await it.refusal("POST /leases", { devices: ["psu2", "psu1"] })).type, "DeviceInUse");
  const second = it.lease(["psu1", "psu2"], { wait: 30 });
  const late = it.refusal("POST /leases", { devices: ["psu1"], wait: 5 });
  await time.tick(0);
  const { queue } = (await it.ask<LeasesAnswer>("GET /leases")).body;
  equal(queue.map(({ devices }) => devices), [["psu1", "psu2"], ["psu1"]]);
  equal((await it.refusal("POST /leases", { devices: ["psu2"] })).type, "DeviceInUse");
  await time.tick(5_000);
  equal((await late).type, "DeviceInUse");
  await it.ask(`DELETE /leases/${first.lease_id}`, undefined, by(first));
  const lease = await second;
  ok(lease.fence > first.fence);
  equal(it.calls, []);
  await it.ask(`DELETE /leases/${lease.lease_id}`, undefined, by(lease));
});

Deno.test("a command that waits for its turn is refused by the driver when the device has changed hands", async () => {
  await using it = await supplies();
  const running = Promise.withResolvers<void>();
  it.hold(running.promise);
  const first = await it.lease(["psu1"]);
  const call = it.ask("POST /devices/psu1/call", { method: "on" }, by(first));
  await until("it runs", () => it.calls.length === 1);
  const waiting = it.refusal("PUT /devices/psu1/properties/voltage", { value: 12 }, by(first));
  await until("it waits", () => it.daemon.calls.all.length === 1);
  await it.ask(`DELETE /leases/${first.lease_id}`, undefined, by(first));
  const second = await it.lease(["psu1"]);
  running.resolve();
  equal((await call).status, 200);
  equal((await waiting).type, "LeaseEnded");
  equal((await it.ask("PUT /devices/psu1/properties/voltage", { value: 2 }, by(second))).status, 200);
  equal(it.calls, ["on", "set 2"]);
  equal(it.daemon.getDevice("psu1").lastError, undefined);
});

Deno.test("a command whose body comes when its lease is over is refused", async () => {
  using time = fakeTime();
  await using it = await supplies();
  const lease = await it.lease(["psu1"], { ttl: 5 });
  for (const [method, path] of [["PUT", "/devices/psu1/properties/voltage"], ["POST", "/devices/psu1/disconnect"]]) {
    let send = (_: Uint8Array) => {};
    let end = () => {};
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        send = (bytes) => controller.enqueue(bytes);
        end = () => controller.close();
      },
    });
    const headers = { ...by(lease), "content-type": "application/json" };
    const answer = it.app.request(path, { method, headers, body, duplex: "stream" } as RequestInit);
    if (method === "POST") await time.tick(6_000);
    send(new TextEncoder().encode(method === "PUT" ? '{"value":1}' : "{}"));
    end();
    equal((await answer).status, method === "PUT" ? 200 : 409);
  }
  equal(it.daemon.getDevice("psu1").isConnected, true);
});

Deno.test("a device with `lease: required` is commanded by its owner only", async () => {
  await using it = await supplies();
  await it.ask("POST /devices", { device_id: "psu3", device_type: "Supply", lease: "required" });
  const refused = await it.refusal("POST /devices/psu3/connect");
  equal([refused.status, refused.type], [409, "LeaseRequired"]);
  const lease = await it.lease(["psu3"]);
  const { body } = await it.ask<Record<string, unknown>>("POST /devices/psu3/connect", {}, by(lease));
  equal([body.connected, body.lease_required], [true, true]);
  equal((await it.ask("GET /devices/psu3/properties/voltage")).status, 200);
});

Deno.test("an instrument that was not connected when its lease expired is made safe at its next connection", async () => {
  using time = fakeTime();
  await using it = await supplies();
  const lease = await it.lease(["psu1"], { ttl: 5 });
  await it.ask("POST /devices/psu1/disconnect", {}, by(lease));
  await time.tick(5_000);
  equal(it.calls, []);
  await it.ask("POST /devices/psu1/connect", {});
  equal(it.calls.length, 1);
  match(it.calls[0], /safe: .* was not renewed/);
});

Deno.test("the end of a connection ends the lease that is bound to it", async () => {
  await using it = await supplies();
  const lease = await it.lease(["psu1"]);
  equal((await it.refusal(`GET /leases/${lease.lease_id}/connection`)).status, 403);
  const connection = await it.app.request(`/leases/${lease.lease_id}/connection`, { headers: by(lease) });
  const reader = connection.body!.getReader();
  match(new TextDecoder().decode((await reader.read()).value), /^: /);
  await reader.cancel();
  await until("it is free", async () => (await it.ask<LeasesAnswer>("GET /leases")).body.leases.length === 0);
  match(it.calls[0], /its owner's connection has ended/);
});

Deno.test("the connection that a lease is bound to ends with its owner's right, as the lease does", async () => {
  await using tokens = await tokenFolder();
  await using it = await supplies({ host: "127.0.0.1", access: tokens.access });
  const alice = await tokens.token("alice", "control");
  const lease = await it.lease(["psu1"], {}, alice);
  const headers = { ...alice, ...by(lease) };
  const connection = await it.app.request(`/leases/${lease.lease_id}/connection`, { headers });
  const reader = connection.body!.getReader();
  await reader.read();
  await tokens.access.tokens!.revoke("alice");
  equal((await reader.read()).done, true);
  await until("it is free", () => it.daemon.getDevice("psu1").status().lease === null);
});

Deno.test("a daemon that ends closes the connection of a lease, and the lease goes on with the next one", async () => {
  await using it = await supplies();
  const lease = await it.lease(["psu1"]);
  const connection = await it.app.request(`/leases/${lease.lease_id}/connection`, { headers: by(lease) });
  const reader = connection.body!.getReader();
  await reader.read();
  await it.app.close();
  equal((await reader.read()).done, true);
  equal(it.daemon.getDevice("psu1").status().lease?.state, "active");
});

interface Entry {
  who: string;
  action: string;
  lease_id?: string;
  outcome: string;
}

Deno.test("leases are in the audit log without their tokens; an administrator breaks one with a reason", async () => {
  await using tokens = await tokenFolder();
  await using it = await supplies({ host: "127.0.0.1", access: tokens.access });
  const admin = await tokens.token("root", "admin");
  const alice = await tokens.token("alice", "control");
  const reader = await tokens.token("reader", "read");
  equal((await it.refusal("POST /leases", { devices: ["psu1"] }, reader)).status, 403);
  const lease = await it.lease(["psu1"], { purpose: "IV curve" }, alice);
  equal(lease.owner, "alice");
  await it.ask("POST /devices/psu1/call", { method: "on" }, { ...alice, ...by(lease) });
  equal((await it.refusal(`POST /leases/${lease.lease_id}/break`, { reason: "smoke" }, alice)).status, 403);
  equal((await it.refusal(`DELETE /leases/${lease.lease_id}`, undefined, admin)).status, 403);
  const broken = await it.ask(`POST /leases/${lease.lease_id}/break`, { reason: "smoke" }, admin);
  equal(broken.body, { results: [{ device_id: "psu1", ok: true }] });
  match(it.calls[1], /safe: the lease of alice has ended: root broke it: smoke/);
  const { entries } = (await it.ask<{ entries: Entry[] }>("GET /audit", undefined, admin)).body;
  const own = entries.filter(({ lease_id }) => lease_id === lease.lease_id);
  equal(own.map(({ who, action, outcome }) => [who, action, outcome]), [
    ["alice", "POST /leases", "done"],
    ["alice", "POST /devices/{device_id}/call", "asked"],
    ["alice", "POST /devices/{device_id}/call", "done"],
    ["root", "DELETE /leases/{lease_id}", "failed"],
    ["root", "POST /leases/{lease_id}/break", "done"],
  ]);
  const shown = JSON.stringify([entries, (await it.ask("GET /leases", undefined, admin)).body]);
  doesNotMatch(shown, new RegExp(lease.token));
});
