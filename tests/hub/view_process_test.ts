/** A view of a real hub over benches of this process: what it shows, forwards and streams, and by whose rights. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { nkeys } from "@nats-io/transport-node";
import { timestamp } from "../../lib/async/clock.ts";
import { openConnection } from "../../lib/hub/hub_connection.ts";
import { keyOf, requestSubject } from "../../lib/hub/names.ts";
import { HubView } from "../../lib/hub/view/hub_view.ts";
import { hubbedBench, openView } from "../support/hub_view.ts";
import { natsServer } from "../support/nats_server.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { until, within } from "../support/until.ts";

Deno.test("a view shows the benches and their devices, and passes requests on as the bench answers them", async () => {
  await using server = await natsServer();
  await using lab3 = await hubbedBench(server, "lab3");
  await using _lab4 = await hubbedBench(server, "lab4");
  await using view = await openView(server, ["lab3", "lab4"]);
  const { ask } = view;
  const { body: { benches } } = await ask("GET /benches");
  equal(benches.map(({ bench, state, devices, host }: Record<string, unknown>) => [bench, state, devices, host]), [
    ["lab3", "there", 1, "pc7"],
    ["lab4", "there", 1, "pc7"],
  ]);
  const { body: { devices } } = await ask("GET /devices");
  equal(devices.map((it: Record<string, unknown>) => [it.device_id, it.bench, it.stale_since]), [
    ["lab3/daq1", "lab3", null],
    ["lab4/daq1", "lab4", null],
  ]);
  equal((await ask("GET /devices?bench=lab4")).body.devices.length, 1);
  equal((await ask("GET /devices?bench=lab9")).status, 400);
  for (const path of ["devices", "benches", "recordings"]) equal((await ask(`GET /${path}?bemch=lab4`)).status, 400);

  for (const id of ["lab3/daq1", "lab3%2Fdaq1"]) {
    const { body } = await ask(`POST /devices/${id}/connect`, {});
    equal([body.device_id, body.state], ["lab3/daq1", "connected"]);
    equal((await ask(`GET /devices/${id}`)).body.state, "connected");
  }
  equal(lab3.device.state, "connected");
  // Errors are those of the bench.
  const direct = await lab3.app.request("http://127.0.0.1/devices/daq1/call", {
    method: "POST",
    headers: { host: "127.0.0.1", "content-type": "application/json" },
    body: '{"method":"nope"}',
  });
  const forwarded = await ask("POST /devices/lab3/daq1/call", { method: "nope" });
  equal([forwarded.status, forwarded.body.error.message], [direct.status, (await direct.json()).error.message]);
  equal((await ask("GET /devices/lab3/daq9")).status, 404);
  match((await ask("GET /devices/lab9/daq1")).body.error.message, /the hub has no bench "lab9"/);
  match((await ask("GET /devices/daq1")).body.error.message, /an id of a view is <bench>\/<id>/);

  // A lease is of one bench, and its ids are those of the view.
  const lease = await ask("POST /leases", { devices: ["lab3/daq1"], purpose: "IV curve" });
  equal([lease.status, lease.body.devices], [201, ["lab3/daq1"]]);
  match(lease.body.lease_id, /^lab3\//);
  equal((await ask("POST /devices/lab3/daq1/disconnect", {})).status, 409);
  await until("its owner is shown", async () => (await ask("GET /benches")).body.benches[0].owners.length === 1);
  equal((await ask("GET /leases")).body.leases[0].lease_id, lease.body.lease_id);
  const id = encodeURIComponent(lease.body.lease_id);
  equal((await ask(`DELETE /leases/${id}`, undefined, { "x-lease": lease.body.token })).status, 204);
  equal((await ask("POST /leases", { devices: ["lab3/daq1", "lab4/daq1"] })).status, 400);

  const { body: { results } } = await ask("POST /safe", { reason: "smoke" });
  equal(results.map(({ device_id }: Record<string, unknown>) => device_id), ["lab3/daq1", "lab4/daq1"]);
  equal((await view.app.request("/metrics")).status, 200);
  const { body: { paths } } = await ask("GET /openapi.json");
  equal(["/benches", "/devices/{device_id}", "/recordings"].filter((path) => !(path in paths)), []);
  equal((await ask("GET /benches?find=lab4 daq1")).body.benches[0].found, ["daq1"]);

  await lab3.hub.close();
  await until("the bench has ended", async () => (await ask("GET /benches")).body.benches[0].state === "ended");
  const { status, body: { error } } = await ask("POST /devices/lab3/daq1/connect", {});
  equal([status, error.type], [503, "BenchAway"]);
  match(error.message, /Bench "lab3" is away since \d/);
  const { body: stale } = await ask("GET /devices/lab3/daq1");
  ok(stale.stale_since);
});

Deno.test("the scope and the devices of a view's token hold on every bench, and a bench answers no other signature", async () => {
  await using server = await natsServer();
  await using _lab3 = await hubbedBench(server, "lab3");
  await using _lab4 = await hubbedBench(server, "lab4");
  await using lab5 = await hubbedBench(server, "lab5", [nkeys.createUser().getPublicKey()]);
  await using tokens = await tokenFolder();
  await using view = await openView(server, ["lab3", "lab4", "lab5"], tokens.access);
  const { ask } = view;
  const admin = await tokens.token("root", "admin");
  const alice = await tokens.token("alice", "control", { devices: ["lab3/*"] });
  const bob = await tokens.token("bob", "read");
  const statusOf = async (request: string, token: Record<string, string>, body?: unknown) =>
    (await ask(request, body, token)).status;
  equal(await statusOf("GET /benches", {}), 401);
  equal((await ask("GET /benches", undefined, alice)).body.benches.map((it: { bench: string }) => it.bench), ["lab3"]);
  equal((await ask("GET /devices", undefined, alice)).body.devices.length, 1);
  equal(await statusOf("POST /devices/lab3/daq1/connect", alice, {}), 200);
  equal(await statusOf("POST /devices/lab4/daq1/connect", alice, {}), 403);
  equal(await statusOf("GET /stream/devices/lab4/daq1", alice), 403);
  equal(await statusOf("POST /devices/lab4/daq1/connect", bob, {}), 403);
  equal(await statusOf("GET /devices/lab4/daq1", bob), 200);
  equal(await statusOf("GET /metrics", alice), 403);

  // The bench checks the same, whatever a view has let through.
  const bench = view.view.benches.get("lab4")!;
  const asked = async (caller: { name: string; scope: "read" | "control"; devices: string[] | null }) =>
    (await view.view.ask(bench, caller, { method: "POST", path: "/devices/daq1/connect", body: new Uint8Array() }))
      .status;
  equal(await asked({ name: "bob", scope: "read", devices: null }), 403);
  equal(await asked({ name: "alice", scope: "control", devices: ["lab3/*"] }), 403);
  equal(await asked({ name: "carol", scope: "control", devices: ["*/daq1"] }), 200);
  const untrusted = await ask("POST /devices/lab5/daq1/connect", {}, admin);
  equal([untrusted.status, untrusted.body.error.type], [403, "Forbidden"]);
  match(untrusted.body.error.message, /no view that this bench trusts/);
  equal(lab5.device.state, "disconnected");
});

Deno.test("a view streams by demand: the frames of the bench, resumed with exact gaps, thinned at the bench", async () => {
  await using server = await natsServer();
  await using lab3 = await hubbedBench(server, "lab3");
  await using lab4 = await hubbedBench(server, "lab4");
  await using view = await openView(server, ["lab3", "lab4"]);
  for (const { device } of [lab3, lab4]) await device.connect();
  equal(lab3.device.status().stream.readers, 0);
  let last: string | undefined;
  {
    // It starts the device, as at the bench.
    await using stream = await view.open("/stream/devices/lab3/daq1");
    await until("the device streams", () => lab3.device.state === "streaming");
    lab3.instrument.push(10, 20);
    const first = await stream.sample();
    equal([first.device_id, first.sequence, first.payload], ["lab3/daq1", 0, 10]);
    equal(first.id, `${lab3.daemon.epoch}-0`);
    last = (await stream.sample()).id;
    equal(lab3.device.status().stream.readers, 1);
  }
  await until("no one reads the device", () => lab3.device.status().stream.readers === 0);
  await lab3.device.startStreaming();
  lab3.instrument.push(30, 40);
  {
    await using stream = await view.open("/stream/devices/lab3/daq1", { "last-event-id": last! });
    await stream.sample();
    await stream.sample();
    equal(stream.payloads, [30, 40]);
    equal(stream.events.filter(({ event }) => event === "gap"), []);
  }
  // Several benches on one stream: each resumes where it was.
  let place = "";
  {
    await using stream = await view.open("/stream?devices=lab3/daq1,lab4/daq1");
    await until("the other device streams", () => lab4.device.state === "streaming");
    lab3.instrument.push(50);
    lab4.instrument.push("a");
    await until("both have come", async () => {
      place = (await stream.sample()).id!;
      return stream.payloads.length === 2;
    });
    equal(stream.payloads.toSorted(), ["a", 50].toSorted());
  }
  await lab4.device.startStreaming();
  lab3.instrument.push(60);
  lab4.instrument.push("b");
  for (const since of [place, `${lab3.daemon.epoch};lab3/daq1:4;${lab4.daemon.epoch};lab4/daq1:0`]) {
    await using stream = await view.open(`/stream?devices=*&since=${encodeURIComponent(since)}`);
    await until("both have come", async () => {
      await stream.sample();
      return stream.payloads.length === 2;
    });
    equal(stream.payloads.toSorted(), ["b", 60].toSorted());
  }
  equal((await view.ask("GET /stream?devices=lab3/daq1&since=x")).status, 400);
  equal((await view.ask("GET /stream/devices/lab3/daq1?max_rate=0")).status, 400);

  // A cut between the bench and its reader: nothing is missing behind it.
  await using stream = await view.open("/stream/devices/lab3/daq1");
  await stream.next();
  await server.kill();
  lab3.instrument.push(70, 80);
  await server.start();
  const behind: unknown[] = [(await stream.sample()).payload, (await stream.sample()).payload];
  equal(behind, [70, 80]);
  equal(stream.events.filter(({ event }) => event === "gap"), []);
});

Deno.test("a request to a bench whose daemon was killed and started again fails, and does not wait for an hour", async () => {
  await using server = await natsServer();
  const hub = await openConnection({ servers: [server.url] }, "a bench");
  const beat = async (epoch: string) => {
    const at = timestamp();
    const about = {
      bench: "lab3",
      version: "1.0.0",
      host: null,
      epoch,
      since: at,
      at,
      heartbeat: 3_600,
      ended_at: null,
    };
    await hub.bucket.put(keyOf("lab3", "bench"), JSON.stringify(about));
  };
  const asked = hub.nats.subscribe(requestSubject("lab3"), { max: 1 });
  await beat("k3f9");
  await hub.bucket.put(keyOf("lab3", "devices", "daq1"), JSON.stringify({ device_id: "daq1" }));
  await using view = await openView(server, ["lab3"]);
  const answer = view.ask("POST /devices/lab3/daq1/connect", {});
  await within(asked[Symbol.asyncIterator]().next(), () => "the bench was not asked");
  await beat("x8k2");
  const { status, body: { error } } = await within(answer, () => "no answer has come");
  equal([status, error.type], [503, "BenchAway"]);
  match(error.message, /whether the request was done is not known/);
  await hub.nats.close();
});

Deno.test("a view that is closed while it connects ends", async () => {
  await using server = await natsServer();
  const view = new HubView({ servers: [server.url] });
  await within(view.close(), () => "the view did not end");
});
