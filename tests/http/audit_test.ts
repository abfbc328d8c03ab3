/** The record of commands: what is in it, when it is written, and what happens when it cannot be. */
import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { z } from "zod";
import { defineDriver } from "../../lib/driver/mod.ts";
import { defineTask } from "../../lib/task/mod.ts";
import { type TokenFolder, tokenFolder } from "../support/token_folder.ts";
import { type WebBench, webBench } from "../support/web_bench.ts";

const SECRET = "hunter2-very-long";

/** A driver that takes secrets everywhere. */
const vault = defineDriver({
  name: "Vault",
  params: z.object({ pin: z.string().meta({ secret: true }), port: z.string() }),
  create: () => ({ code: "" }),
  methods: {
    open: { input: z.object({ door: z.number(), pin: z.string().meta({ secret: true }) }), run: () => null },
  },
  properties: {
    code: { schema: z.string().meta({ secret: true }), set: (it, code) => it.code = code },
  },
});

interface Audited extends AsyncDisposable {
  bench: WebBench;
  tokens: TokenFolder;
  admin: { authorization: string };
  alice: { authorization: string };
}

async function audited(): Promise<Audited> {
  const tokens = await tokenFolder();
  const bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  bench.daemon.registerPlugins({ devices: { Vault: vault } });
  return {
    bench,
    tokens,
    admin: await tokens.token("root", "admin"),
    alice: await tokens.token("alice", "control"),
    [Symbol.asyncDispose]: async () => {
      await bench[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

interface Entry extends Record<string, unknown> {
  request_id: string;
}

async function entriesOf({ bench, admin }: Audited): Promise<Entry[]> {
  return (await bench.ask<{ entries: Entry[] }>("GET /audit", undefined, admin)).body.entries;
}

const summary = ({ who, action, device_id, input, outcome, status, error }: Entry) =>
  JSON.stringify({ who, action, device_id, input, outcome, status, error });

Deno.test("a command is recorded before the driver is called, and when it is answered; reading is not", async () => {
  await using it = await audited();
  const { bench, alice } = it;
  await bench.device.connect();
  let before: Entry[] = [];
  bench.instrument.next("work", async () => before = await entriesOf(it));
  const headers = { ...alice, "x-request-id": "r-7" };
  await bench.ask("POST /devices/daq1/call", { method: "work", kwargs: { name: "x" } }, headers);
  await bench.ask("GET /devices", undefined, alice);
  const asked =
    '{"who":"alice","action":"POST /devices/{device_id}/call","device_id":"daq1","input":{"method":"work",' +
    '"kwargs":{"name":"x"}},"outcome":"asked"}';
  equal(before.map(summary), [asked]);
  const after = await entriesOf(it);
  equal(after.map(summary), [
    asked,
    '{"who":"alice","action":"POST /devices/{device_id}/call","device_id":"daq1","outcome":"done","status":200}',
  ]);
  equal(after.map(({ request_id }) => request_id), ["r-7", "r-7"]);
});

Deno.test("a refused command is recorded with its error, and one that deletes without a body, too", async () => {
  await using it = await audited();
  const { bench, admin, alice } = it;
  await bench.ask("POST /devices/daq1/call", { method: "work" }, alice);
  await bench.ask("DELETE /devices/daq1", undefined, admin);
  equal((await entriesOf(it)).map(({ action, outcome, status, error }) => [action, outcome, status, error]), [
    ["POST /devices/{device_id}/call", "asked", undefined, undefined],
    ["POST /devices/{device_id}/call", "failed", 409, "DeviceNotConnected"],
    ["DELETE /devices/{device_id}", "asked", undefined, undefined],
    ["DELETE /devices/{device_id}", "done", 204, undefined],
  ]);
});

Deno.test("no secret is recorded: in params, arguments by place or name, properties, restored ones, tasks, tokens", async () => {
  await using it = await audited();
  const { bench, admin } = it;
  const params = { pin: SECRET, port: "A" };
  await bench.ask("POST /devices", { device_id: "v1", device_type: "Vault", params }, admin);
  await bench.ask("POST /devices", { device_id: "v2", device_type: "Unknown", params }, admin);
  await bench.ask("POST /devices/v1/connect", {}, admin);
  await bench.ask("POST /devices/v1/call", { method: "open", args: [3, SECRET] }, admin);
  await bench.ask("POST /devices/v1/call", { method: "open", kwargs: { door: 3, pin: SECRET } }, admin);
  await bench.ask("POST /devices/v1/call", { method: "unknown", args: [SECRET] }, admin);
  await bench.ask("POST /devices/v1/methods/open", { door: 3, pin: SECRET }, admin);
  await bench.ask("POST /devices/v1/methods/unknown", { pin: SECRET }, admin);
  await bench.ask("PUT /devices/v1/properties/code", { value: SECRET }, admin);
  await bench.ask("PUT /devices/v1/properties/unknown", { value: SECRET }, admin);
  await bench.ask("POST /restore", { devices: [{ device_id: "v1", params, properties: { code: SECRET } }] }, admin);
  bench.tasks.types.register(defineTask({
    name: "Opens",
    params: z.object({ pin: z.string().meta({ secret: true }), port: z.string() }),
    parameters: z.object({ code: z.string().default("").meta({ secret: true }), speed: z.number().default(1) }),
    run: ({ signal }) => new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
  }));
  const shown = [];
  for (const task_type of ["Opens", "Unknown"]) {
    shown.push(await bench.ask("POST /tasks", { task_id: task_type, task_type, params }, admin));
  }
  for (const [key, value] of [["code", SECRET], ["speed", 2]]) {
    shown.push(await bench.ask("POST /tasks/Opens/parameters", { key, value }, admin));
  }
  for (const path of ["", "/Opens", "/Opens/parameters"]) {
    shown.push(await bench.ask(`GET /tasks${path}`, undefined, admin));
  }
  const answers = JSON.stringify(shown.map(({ body }) => body));
  doesNotMatch(answers, new RegExp(SECRET));
  match(answers, /"params":\{"pin":"\*{8}","port":"A"\}.*"parameters":\{"code":"\*{8}","speed":2\}/);
  const { body } = await bench.ask<{ token: string }>("POST /tokens", { name: "bob", scope: "read" }, admin);
  const text = await Deno.readTextFile(`${it.tokens.folder}/audit.jsonl`);
  doesNotMatch(text, new RegExp(SECRET));
  doesNotMatch(text, new RegExp(body.token));
  match(text, /"args":\[3,"\*{8}"\]/);
  match(text, /"kwargs":\{"door":3,"pin":"\*{8}"\}/);
  match(text, /"params":\{"pin":"\*{8}","port":"A"\}/);
  match(text, /"task_type":"Opens","params":\{"pin":"\*{8}","port":"A"\}/);
  match(text, /\{"key":"code","value":"\*{8}"\}/);
  match(text, /\{"key":"speed","value":2\}/);
});

Deno.test("a record that cannot be written refuses commands, and not what makes the bench safer", async () => {
  await using it = await audited();
  const { bench, alice, tokens } = it;
  await bench.device.connect();
  await Deno.mkdir(`${tokens.folder}/audit.jsonl`);
  const { status, type } = await bench.refusal("POST /devices/daq1/call", { method: "work" }, alice);
  equal([status, type, bench.instrument.calls.includes("work")], [503, "Unavailable", false]);
  equal((await bench.ask("POST /devices/daq1/disconnect", {}, alice)).status, 200);
});

Deno.test("while no token is needed, nothing is recorded", async () => {
  await using bench = await webBench();
  await bench.ask("POST /devices/daq1/connect", {});
  equal((await bench.ask("GET /audit")).body, { entries: [], next: null });
});

Deno.test("GET /audit answers with the newest entries that fit, and refuses a query that is none", async (test) => {
  await using it = await audited();
  const { bench, admin } = it;
  for (let i = 0; i < 5; i++) await bench.ask("POST /devices/daq1/disconnect", {}, admin);
  const page = async (query: string) =>
    (await bench.ask<{ entries: Entry[]; next: string | null }>(`GET /audit?${query}`, undefined, admin)).body;
  const { entries, next } = await page("limit=2");
  equal(entries.map(({ outcome }) => outcome), ["asked", "done"]);
  const rest = await page(`before=${next}`);
  equal([rest.entries.length, rest.next], [8, null]);
  equal((await page("who=alice")).entries, []);
  equal((await page("device=daq1&action=disconnect&since=2020-01-01&limit=1")).entries.length, 1);
  for (
    const query of [
      "limit=x",
      "limit=0",
      "limit=1001",
      "limit=",
      "before=-1",
      "since=yesterday",
      "since=2026-02-30",
      "colour=red",
      "who=alice&who=bob",
      "since=2026-02-02&until=2026-02-01",
    ]
  ) {
    await test.step(query, async () => {
      const { status } = await bench.ask(`GET /audit?${query}`, undefined, admin);
      equal(status, 400);
    });
  }
});

Deno.test("a stream that starts its device or carries options is recorded; one that only joins is not", async () => {
  await using it = await audited();
  const { bench, alice } = it;
  await bench.device.connect();
  const path = "/stream/devices/daq1";
  await using first = await bench.open(path, alice);
  await using joined = await bench.open(path, alice);
  await using passive = await bench.open(`${path}?no_samples=true`, alice);
  await using shaped = await bench.open(`${path}?sample_rate=5`, alice);
  equal((await bench.refusal(`GET ${path}?sample_rate=fast`, undefined, alice)).status, 400);
  const asked = { who: "alice", action: "GET /stream/devices/{device_id}", device_id: "daq1" };
  equal((await entriesOf(it)).map(summary), [
    JSON.stringify({ ...asked, input: {}, outcome: "asked" }),
    JSON.stringify({ ...asked, outcome: "done", status: 200 }),
    JSON.stringify({ ...asked, input: { sample_rate: 5 }, outcome: "asked" }),
    JSON.stringify({ ...asked, outcome: "done", status: 200 }),
    JSON.stringify({ ...asked, input: { sample_rate: "fast" }, outcome: "asked" }),
    JSON.stringify({ ...asked, outcome: "failed", status: 400, error: "InvalidRequest" }),
  ]);
  for (const reader of [first, joined, passive, shaped]) equal(reader !== undefined, true);
});

Deno.test("a stream of several devices is recorded with those that it starts", async () => {
  await using it = await audited();
  const { bench, alice } = it;
  await bench.device.connect();
  await using first = await bench.open("/stream?devices=*", alice);
  await using joined = await bench.open("/stream?devices=daq1", alice);
  equal((await entriesOf(it)).map(summary), [
    '{"who":"alice","action":"GET /stream","input":{"devices":["*"],"starts":["daq1"]},"outcome":"asked"}',
    '{"who":"alice","action":"GET /stream","outcome":"done","status":200}',
  ]);
  equal([first, joined].length, 2);
});

Deno.test("a stream that would start its device is refused where it cannot be recorded; one that joins is not", async () => {
  await using it = await audited();
  const { bench, alice, tokens } = it;
  await bench.device.connect();
  await Deno.mkdir(`${tokens.folder}/audit.jsonl`);
  equal((await bench.refusal("GET /stream/devices/daq1", undefined, alice)).status, 503);
  equal((await bench.refusal("GET /stream?devices=*", undefined, alice)).status, 503);
  equal(bench.device.isStreaming(), false);
  const reader = await tokens.token("rita", "read");
  await using watched = await bench.open("/stream/devices/daq1", reader);
  equal(watched !== undefined, true);
});

Deno.test("what is refused is recorded: who, from where, what, and why", async () => {
  await using it = await audited();
  const { bench, admin, alice, tokens } = it;
  const other = await tokens.token("oscar", "admin", { devices: ["psu1"] });
  await bench.ask("GET /devices", undefined, { authorization: "Bearer lab_wrong" });
  await bench.ask("POST /devices", { device_id: "x", device_type: "Vault", params: { pin: SECRET } }, alice);
  await bench.ask("POST /devices/daq1/safe", {}, other);
  await bench.ask("POST /tickets", { path: "/stream", scope: "admin" }, alice);
  await bench.ask("GET /devices?secret=1", undefined, { ...admin, origin: "http://evil.example" });
  await bench.ask("POST /session", { token: SECRET });
  await bench.ask("GET /nothing");
  const refused = (await entriesOf(it)).filter(({ outcome }) => outcome === "refused");
  equal(refused.map(({ who, action, path, status, error }) => [who, action, path, status, error]), [
    ["unknown", "GET /devices", "/devices", 401, "Unauthorized"],
    ["alice", "POST /devices", "/devices", 403, "Forbidden"],
    ["oscar", "POST /devices/{device_id}/safe", "/devices/daq1/safe", 403, "Forbidden"],
    ["unknown", "GET /devices", "/devices", 403, "ForbiddenOrigin"],
    ["unknown", "POST /session", "/session", 401, "Unauthorized"],
    ["unknown", "GET /nothing", "/nothing", 401, "Unauthorized"],
  ]);
  doesNotMatch(await Deno.readTextFile(`${it.tokens.folder}/audit.jsonl`), new RegExp(SECRET));
});

Deno.test("who logs in is recorded, once the session is open", async () => {
  await using it = await audited();
  const token = it.alice.authorization.slice("Bearer ".length);
  equal((await it.bench.ask("POST /session", { token })).status, 200);
  equal((await entriesOf(it)).map(summary), [
    '{"who":"alice","action":"POST /session","outcome":"done","status":200}',
  ]);
});
