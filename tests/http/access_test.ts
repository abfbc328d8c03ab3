/** The reach of a token beyond its routes: the devices that are shown, the streams that start a device, and their end. */
import { deepStrictEqual as equal, doesNotMatch, match, rejects } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "labdaemon/driver";
import { Access } from "../../lib/access/access.ts";
import { settled } from "../support/watch.ts";
import { hang } from "../support/scripted_driver.ts";
import { type TokenFolder, tokenFolder } from "../support/token_folder.ts";
import { type WebBench, webBench } from "../support/web_bench.ts";

interface Guarded extends AsyncDisposable {
  bench: WebBench;
  tokens: TokenFolder;
}

/** A bench that needs tokens, with the devices "daq1" and "psu1", connected. */
async function guarded(): Promise<Guarded> {
  const tokens = await tokenFolder();
  const bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  await bench.device.connect();
  await (await bench.daemon.addDevice("psu1", "Scripted")).connect();
  return {
    bench,
    tokens,
    [Symbol.asyncDispose]: async () => {
      await bench[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

Deno.test("lists, snapshots, calls and the description show the devices of the token only", async (test) => {
  await using it = await guarded();
  const { bench, tokens } = it;
  const psu = await tokens.token("psu", "control", { devices: ["psu*"] });
  const all = await tokens.token("all", "control");
  for (const id of ["daq1", "psu1"]) {
    const headers = { ...all, prefer: "respond-async" };
    bench.instrument.next("work", hang);
    equal((await bench.ask(`POST /devices/${id}/call`, { method: "work" }, headers)).status, 202);
  }
  for (const request of ["GET /devices", "GET /calls", "GET /openapi.json"]) {
    await test.step(request, async () => {
      match((await bench.ask(request, undefined, all)).text, /daq1/);
      const { status, text } = await bench.ask(request, undefined, psu);
      equal(status, 200);
      match(text, /psu1/);
      doesNotMatch(text.replaceAll(/"examples?":\[?[^\]]*\]?/g, ""), /"daq1"|devices\/daq1\/call/);
    });
  }
  for (const { call_id, device_id } of (await bench.ask<{ calls: Call[] }>("GET /calls", undefined, all)).body.calls) {
    const { status } = await bench.ask(`DELETE /calls/${call_id}`, undefined, psu);
    equal(status, device_id === "psu1" ? 200 : 403);
    if (status === 403) await bench.ask(`DELETE /calls/${call_id}`, undefined, all);
  }
});

Deno.test("GET /health names unreadable files of the data folder to tokens of all devices only", async () => {
  await using tokens = await tokenFolder();
  const unreadable = [{ file: "/data/devices.json", message: "Cannot read the devices in /data/devices.json: …" }];
  await using bench = await webBench({}, { host: "127.0.0.1", access: tokens.access, unreadable });
  const files = async (headers?: HeadersInit) =>
    (await bench.ask<{ unreadable_files?: unknown }>("GET /health", undefined, headers)).body.unreadable_files;
  equal(await files(await tokens.token("all", "read")), unreadable);
  equal(await files(await tokens.token("psu", "admin", { devices: ["psu*"] })), undefined);
  for (const headers of [undefined, { authorization: "Bearer nobody" }]) equal(await files(headers), undefined);
});

interface Call {
  call_id: string;
  device_id: string;
}

Deno.test("what acts on the whole bench acts on the devices of the token only", async () => {
  await using it = await guarded();
  const { bench, tokens } = it;
  const psu = await tokens.token("psu", "admin", { devices: ["psu*"] });
  const safe = await bench.ask<{ results: { device_id: string }[] }>("POST /safe", {}, psu);
  equal(safe.body.results.map(({ device_id }) => device_id), ["psu1"]);
  const { body } = await bench.ask<{ devices: { device_id: string }[] }>("GET /snapshot", undefined, psu);
  equal(body.devices.map(({ device_id }) => device_id), ["psu1"]);
  const restore = { devices: [{ device_id: "psu1", properties: {} }, { device_id: "daq1", properties: { level: 1 } }] };
  equal((await bench.refusal("POST /restore", restore, psu)).type, "Forbidden");
  const add = (device_id: string) => bench.ask("POST /devices", { device_id, device_type: "Scripted" }, psu);
  equal([(await add("daq2")).status, (await add("psu2")).status], [403, 201]);
});

Deno.test("a token of some devices adds none that shows the recording of others", async () => {
  await using it = await guarded();
  const { bench, tokens } = it;
  const Again = defineDriver({
    name: "Again",
    params: z.object({ recording: z.string().optional().meta({ format: "recording" }) }),
    create: () => ({}),
  });
  bench.daemon.registerPlugins({ devices: { Again } });
  const psu = await tokens.token("psu", "admin", { devices: ["psu*"] });
  const all = await tokens.token("all", "admin");
  for (const id of ["daq2", "psu2"]) {
    await bench.daemon.addDevice(id, "Again");
    await bench.ask("POST /recordings", { name: `of-${id}`, devices: [id] }, all);
  }
  const add = (device_id: string, recording: string, token: HeadersInit) =>
    bench.ask("POST /devices", { device_id, device_type: "Again", params: { recording } }, token);
  equal((await add("psu3", "of-daq2", psu)).status, 403);
  equal((await add("psu3", "of-psu2", psu)).status, 201);
  equal((await add("daq3", "of-daq2", all)).status, 201);
  equal((await add("psu4", "none", psu)).status, 400);
});

Deno.test("a merged stream has the devices of the token, those that are added later, and no others", async () => {
  await using it = await guarded();
  const { bench, tokens } = it;
  const psu = await tokens.token("psu", "read", { devices: ["psu*"] });
  equal((await bench.refusal("GET /stream?devices=psu1,daq1", undefined, psu)).type, "Forbidden");
  await using reader = await bench.open("/stream?devices=*", psu);
  equal((await reader.next()).device_id, "psu1");
  for (const id of ["daq2", "psu2"]) await bench.daemon.addDevice(id, "Scripted");
  equal((await reader.next()).device_id, "psu2");
});

Deno.test("with read, a stream joins a run, and neither starts a device nor carries options", async () => {
  await using it = await guarded();
  const { bench, tokens } = it;
  const read = await tokens.token("reader", "read");
  for (const path of ["/stream/devices/daq1", "/stream?devices=*"]) {
    await using reader = await bench.open(path, read);
    await reader.next();
    await settled();
    equal(bench.device.state, "connected");
  }
  const { type, message } = await bench.refusal("GET /stream/devices/daq1?sample_rate=5", undefined, read);
  equal(type, "Forbidden");
  match(message, /a stream with options needs the scope control, and "reader" has read/);
  const control = await tokens.token("driver", "control");
  await using _ = await bench.open("/stream/devices/daq1?sample_rate=5", control);
  await settled();
  equal(bench.device.state, "streaming");
});

Deno.test("the streams of a token end with it, and no others", async (test) => {
  await using it = await guarded();
  const { bench, tokens } = it;
  const stays = await tokens.token("stays", "read");
  const store = tokens.access.tokens!;
  const ends: Record<string, () => Promise<unknown>> = {
    revoked: () => store.revoke("alice"),
    rotated: () => store.rotate("alice"),
  };
  for (const [name, end] of Object.entries(ends)) {
    for (const path of ["/stream/devices/daq1", "/stream?devices=*"]) {
      await test.step(`${path}: ${name}`, async () => {
        const alice = await tokens.token("alice", "read");
        await using other = await bench.open(path, stays);
        await using reader = await bench.open(path, alice);
        await reader.next();
        await end();
        await rejects(reader.next(() => false), /the stream ended/);
        await other.next();
        equal((await bench.refusal("GET /devices", undefined, alice)).type, "Unauthorized");
        await store.revoke("alice").catch(() => {});
      });
    }
  }
});

Deno.test("without tokens, requests need none; the first one closes the daemon for good", async () => {
  const folder = await Deno.makeTempDir({ prefix: "labdaemon-test-" });
  const access = await Access.open({ folder, authentication: null });
  await using bench = await webBench({}, { host: "127.0.0.1", access });
  equal((await bench.ask("GET /devices")).status, 200);
  const made = await bench.ask<{ token: string }>("POST /tokens", { name: "alice", scope: "admin" });
  equal(made.status, 201);
  equal((await bench.ask("GET /devices")).status, 401);
  const alice = { authorization: `Bearer ${made.body.token}` };
  // Devices as a view has them.
  const ofView = (devices: string[]) => bench.ask("POST /tokens", { name: "view", scope: "read", devices }, alice);
  equal((await ofView(["lab3/a/b"])).status, 400);
  equal((await ofView(["lab3/*", "*/psu*"])).status, 201);
  equal((await bench.ask("DELETE /tokens/alice", undefined, alice)).status, 204);
  equal((await bench.ask("GET /devices")).status, 401);
  // The refusals are in the audit log then.
  await access.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a token is shown once, and is in no list", async () => {
  await using it = await guarded();
  const { bench, tokens } = it;
  const admin = await tokens.token("admin", "admin");
  const { body } = await bench.ask<{ token: string; name: string }>(
    "POST /tokens",
    { name: "alice", scope: "read", devices: ["psu*"], expires_in: "30d" },
    admin,
  );
  match(body.token, /^lab_[\w-]{43}$/);
  const list = await bench.ask<{ tokens: { name: string; last_used_at: string | null }[] }>(
    "GET /tokens",
    undefined,
    admin,
  );
  doesNotMatch(list.text, /lab_|hash/);
  equal(list.body.tokens.map(({ name, last_used_at }) => [name, last_used_at !== null]), [["admin", true], [
    "alice",
    false,
  ]]);
});
