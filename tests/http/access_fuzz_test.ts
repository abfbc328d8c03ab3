/** Odd requests with every kind of token, session and ticket, and from foreign pages: none is answered with 500, and none gains a right. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { Principal } from "../../lib/access/principal.ts";
import { ROUTE_TABLE } from "../../lib/http/access/route_table.ts";
import { Layouts } from "../../lib/layouts/layouts.ts";
import { defineTask, type TaskContext } from "../../lib/task/mod.ts";
import { type TokenFolder, tokenFolder } from "../support/token_folder.ts";
import { type WebBench, webBench } from "../support/web_bench.ts";

/** 10,000 take half a minute: `FUZZ_RUNS=10000`. */
const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 1_500);

const HOST = "127.0.0.1:5000";
const OWN = { host: HOST, origin: `http://${HOST}` };

/** A way to ask, and what it must never do. */
interface Kind {
  name: string;
  headers: Record<string, string>;
  /** A ticket for the query. */
  ticket?: () => string;
  /** True for one who changes nothing, and sees the device; false for one who does not even see it. */
  sees: boolean;
}

async function kindsOf(bench: WebBench, { access, token }: TokenFolder): Promise<Kind[]> {
  const read = await token("read", "read");
  const others = await token("others", "admin", { devices: ["psu*"] });
  const revoked = await token("revoked", "admin");
  await access.tokens!.revoke("revoked");
  const root = await token("root", "admin");
  const of = ({ authorization }: { authorization: string }) => access.identify(authorization.slice("Bearer ".length));
  const session = (header: { authorization: string }) => {
    const { id, session: { csrf } } = access.sessions.open(of(header));
    return { cookie: `labdaemon_5000=${id}`, csrf: { "x-csrf-token": csrf } };
  };
  const [ofRead, ofOthers, ofRoot] = [session(read), session(others), session(root)];
  const foreign = { host: HOST, cookie: ofRoot.cookie, ...ofRoot.csrf };
  const used = access.tickets.issue(of(root), "/stream", "admin").ticket;
  access.tickets.take(used, "/stream");
  ok(bench.device.state === "disconnected");
  return [
    { name: "no token", headers: {}, sees: false },
    { name: "a wrong token", headers: { authorization: "Bearer lab_wrong" }, sees: false },
    { name: "a revoked token", headers: revoked, sees: false },
    { name: "a token to read", headers: read, sees: true },
    { name: "an administrator of other devices", headers: others, sees: false },
    { name: "a session to read", headers: { ...OWN, cookie: ofRead.cookie, ...ofRead.csrf }, sees: true },
    { name: "a session of other devices", headers: { ...OWN, cookie: ofOthers.cookie, ...ofOthers.csrf }, sees: false },
    { name: "an administrator's session without CSRF", headers: { ...OWN, cookie: ofRoot.cookie }, sees: true },
    { name: "a foreign page", headers: { ...foreign, origin: "http://evil.example" }, sees: false },
    { name: "a page of another port", headers: { ...foreign, origin: "http://127.0.0.1:3000" }, sees: false },
    { name: "a page without an origin", headers: { ...foreign, origin: "null" }, sees: false },
    { name: "an element of a foreign page", headers: { ...foreign, "sec-fetch-site": "cross-site" }, sees: false },
    { name: "a form of a foreign page", headers: { ...foreign, referer: "http://evil.example/" }, sees: false },
    { name: "a used ticket", headers: {}, ticket: () => used, sees: false },
    {
      name: "a ticket to read",
      headers: {},
      ticket: () => access.tickets.issue(of(root), "/stream/devices/daq1", "read").ticket,
      sees: true,
    },
  ];
}

const id = fc.oneof(
  { weight: 3, arbitrary: fc.constant("daq1") },
  fc.constantFrom(
    ...[
      "%64aq1",
      "daq1/",
      "DAQ1",
      "..",
      "%2e%2e",
      "daq1%2f..",
      "*",
      "psu1",
      "task1",
      "view1",
      "constructor",
      "__proto__",
      "read",
      "root",
      "work",
      "",
      "%00",
      "\u2028",
    ],
  ),
);

/** Most often what a client would send, and otherwise something odd. */
const mostly = <T>(usual: T, ...odd: T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, fc.constantFrom(...odd));

/** What can be gained: commands, streams, and what a session answers. */
const COMMANDS = Object.keys(ROUTE_TABLE).filter((route) =>
  !route.startsWith("GET") || /stream|session$|tokens/.test(route)
);

/** A path of the table, sometimes changed in a way that a proxy or an attacker does. */
const path = fc.tuple(
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...COMMANDS) }, fc.constantFrom(...Object.keys(ROUTE_TABLE))),
  fc.array(id, { minLength: 3, maxLength: 3 }),
  mostly("", "/", "//", "/.", "%2f", ";x", "?", "/../devices/daq1/connect", "\\"),
  mostly("", "/lab", "//", "/.", "/docs/..", "/web/..", "http://127.0.0.1:5000"),
).map(([route, ids, after, before]) => {
  const [method, path] = route.split(" ");
  const changed = before + path.replace(/\{\w+\}|\*/g, () => ids.pop() ?? "x") + after;
  return { method, path: changed, body: BODIES[route] ?? "{}" };
});

/** The bodies that routes accept. */
const BODIES: Record<string, string> = {
  "POST /tokens": '{"name":"evil","scope":"admin"}',
  "POST /tickets": '{"path":"/stream","scope":"read"}',
  "POST /session": '{"token":"lab_x"}',
  "POST /devices": '{"device_id":"evil","device_type":"Scripted"}',
  "POST /devices/{device_id}/call": '{"method":"work"}',
  "POST /restore": '{"devices":[{"device_id":"daq1","properties":{"level":1}}]}',
  "PUT /devices/{device_id}/properties/{name}": '{"value":1}',
  "POST /leases": '{"devices":["daq1"],"ttl":60}',
  "POST /tasks": '{"task_id":"evil","task_type":"Waits"}',
  "POST /tasks/{task_id}/parameters": '{"key":"speed","value":2}',
  "POST /tasks/{task_id}/answer": '{"choice":"yes"}',
  "PUT /layouts/{name}": '{"layout":{"devices":["daq1"]}}',
  "POST /recordings": '{"name":"evil"}',
  "POST /recordings/{recording_id}/notes": '{"text":"evil"}',
};

/** Another method than the route's, or none. */
const method = mostly("", "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "PROPFIND");

const query = fc.array(
  fc.tuple(
    fc.constantFrom(
      "devices",
      "sample_rate",
      "ticket",
      "token",
      "access_token",
      "_method",
      "since",
      "scope",
      "who",
      "code",
      ...["format", "thin", "past", "max_rate", "after", "points", "from", "level", "channels", "q"],
    ),
    fc.constantFrom(
      "*",
      "daq1",
      "5",
      "DELETE",
      "lab_x",
      "admin",
      "",
      "%00",
      "psu1,daq1",
      "columns",
      "minmax",
      "-1",
      "1e400",
    ),
  ),
  { maxLength: 3 },
);

/** Headers: the usual value, and odd ones. */
const ODD_HEADERS: Record<string, string[]> = {
  "content-type": ["application/json", "text/plain", "application/x-www-form-urlencoded"],
  "x-http-method-override": ["", "DELETE", "POST"],
  "x-original-url": ["", "/health", "/devices/daq1"],
  "x-forwarded-prefix": ["", "/lab", "//evil.example"],
  "x-forwarded-proto": ["", "https", "javascript"],
  "x-forwarded-for": ["", "127.0.0.1", "x".repeat(1_000)],
  "x-forwarded-host": ["", "127.0.0.1:5000"],
  "sec-fetch-site": ["", "same-origin", "none", "cross-site"],
  "sec-fetch-dest": ["", "document", "image"],
  accept: ["", "text/html", "text/event-stream"],
  prefer: ["", "respond-async", "wait=1"],
  "content-length": ["", "0", "99999999"],
};

/** Headers beside those of the kind, which has the last word. */
const headers = fc.record(
  Object.fromEntries(Object.entries(ODD_HEADERS).map(([name, [usual, ...odd]]) => [name, mostly(usual, ...odd)])),
);

/** Another body than the route's, or none. */
const body = mostly(
  "",
  "[]",
  '{"token":"lab_x"}',
  '{"method":"work"}',
  '{"device_id":"daq1","device_type":"Scripted"}',
  '{"device_id":"psu1","device_type":"Absent"}',
  '{"__proto__":{"scope":"admin"}}',
  "token=lab_x",
);

/** A request. */
const asked = fc.tuple(path, method, query, headers, body).map(([of, method, query, odd, body]) => ({
  path: of.path,
  method: method || of.method,
  pairs: query.map((pair) => pair.join("=")),
  odd,
  body: body || of.body,
}));

/** A bench that anyone may ask as often as he likes, with a type of tasks that wait to be cancelled, and layouts. */
async function fuzzBench({ access }: TokenFolder): Promise<WebBench & { layouts: Layouts }> {
  const clientLimits = { requestsPerSecond: 1e6, requestsAtOnce: 1e6 };
  const layouts = new Layouts();
  const bench = await webBench({}, { host: "127.0.0.1", access, clientLimits, layouts });
  const run = ({ signal }: TaskContext) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  bench.tasks.types.register(defineTask({ name: "Waits", run }));
  return { ...bench, layouts };
}

/** All that a request could change. */
async function stateOf(bench: Awaited<ReturnType<typeof fuzzBench>>, { access }: TokenFolder): Promise<string> {
  const { daemon, instrument, tasks, leases, layouts } = bench;
  const task = tasks.all.find(({ id }) => id === "task1")?.status();
  const owners = leases.list().leases.filter(({ devices }) => devices.includes("daq1")).map(({ owner }) => owner);
  // Whoever may control some devices may change the layouts, which all pages share.
  const views = (await layouts.list()).filter(({ saved_by }) => !["alice", "others"].includes(saved_by));
  const kept = [task?.status, task?.pausing, task?.question, owners, views];
  const devices = daemon.devices().filter(({ id }) => !id.startsWith("psu"));
  const tokens = access.tokens!.list().map((
    { name, scope, devices, created_at },
  ) => [name, scope, devices, created_at]);
  return JSON.stringify([devices.map(({ id, state }) => [id, state]), instrument.calls, tokens, kept]);
}

Deno.test(`of ${RUNS} odd requests none is answered with 500, and none gains a right`, async () => {
  await using tokens = await tokenFolder();
  await using bench = await fuzzBench(tokens);
  const started = { task_id: "task1", task_type: "Waits", device_ids: ["daq1"] };
  await bench.tasks.start(started, { name: "alice", devices: null });
  await bench.layouts.save("view1", { devices: ["daq1"] }, "alice");
  const kinds = await kindsOf(bench, tokens);
  const before = await stateOf(bench, tokens);
  const found = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...kinds),
      asked,
      async (kind, { method, path, pairs, odd, body }) => {
        const address = addressOf(path, kind.ticket ? [...pairs, `ticket=${kind.ticket()}`] : pairs);
        const { "sec-fetch-site": site, "sec-fetch-dest": dest, ...more } = odd;
        // No page can say of itself where it is from: its browser does.
        const own = kind.headers.cookie ? more : { ...more, "sec-fetch-site": site, "sec-fetch-dest": dest };
        const request = requestOf(address, method, { ...given(own), ...kind.headers }, body);
        if (!request || isOwnEnd(request, kind)) return;
        const response = await bench.app.fetch(request);
        const what = `${kind.name}: ${method} ${address}: ${response.status}`;
        ok(response.status < 500, what);
        await check(response, kind, what);
        equal(await stateOf(bench, tokens), before, what);
        const key = `${kind.name} ${Math.floor(response.status / 100)}xx`;
        found.set(key, (found.get(key) ?? 0) + 1);
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  );
  // Each kind was refused, and the two that may read have read.
  for (const { name } of kinds) ok((found.get(`${name} 4xx`) ?? 0) > 0, `${name} was never refused`);
  for (const name of ["a token to read", "a session to read"]) ok((found.get(`${name} 2xx`) ?? 0) > 0, name);
});

Deno.test("of odd requests with the right to command, none is answered with 500", async () => {
  await using tokens = await tokenFolder();
  await using bench = await fuzzBench(tokens);
  const { access } = tokens;
  const principal = (scope: "control" | "admin") =>
    new Principal({ name: scope, scope, devices: null, ended: new AbortController().signal });
  /** Made for each request: the one before may have ended it. */
  const ways: Record<string, () => Promise<Record<string, string>> | Record<string, string>> = {
    control: () => sessionHeaders(access.sessions.open(principal("control"))),
    admin: () => sessionHeaders(access.sessions.open(principal("admin"))),
    ticket: () => ({}),
    token: async () => {
      await access.tokens!.revoke("fuzz").catch(() => {});
      return await tokens.token("fuzz", "admin");
    },
  };
  const way = fc.constantFrom(...Object.keys(ways), "control", "admin");
  await fc.assert(
    fc.asyncProperty(way, asked, async (way, { method, path, pairs, odd, body }) => {
      const ticket = () => access.tickets.issue(principal("control"), path, "control").ticket;
      const address = addressOf(path, way === "ticket" ? [...pairs, `ticket=${ticket()}`] : pairs);
      const all = { ...given(odd), ...await ways[way]() };
      const request = requestOf(address, method, all, body);
      if (!request) return;
      const response = await bench.app.fetch(request);
      await response.body?.cancel();
      ok(response.status < 500 || response.status === 502, `${way}: ${method} ${address}: ${response.status}`);
    }),
    { numRuns: Math.ceil(RUNS / 3) },
  );
});

function sessionHeaders({ id, session }: ReturnType<TokenFolder["access"]["sessions"]["open"]>) {
  return { ...OWN, cookie: `labdaemon_5000=${id}`, "x-csrf-token": session.csrf };
}

/** Logging out ends the kind's own session, which it may; the others would be asked in vain. */
function isOwnEnd({ method, url }: Request, { headers }: Kind): boolean {
  return method === "DELETE" && headers.cookie !== undefined && /^\/(lab\/)?session\b/.test(new URL(url).pathname);
}

/** What one who does not see the device must not read. */
async function check(response: Response, { sees, headers }: Kind, what: string): Promise<void> {
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (isStream) {
    await response.body?.cancel();
    // "psu*" may follow the devices that there are not yet.
    return ok(sees || /other devices/.test(what), what);
  }
  const text = await response.text();
  // The description of the API has examples.
  if (response.status >= 400 || text.startsWith('{"openapi"')) return;
  // A layout says what pages show, and has nothing of the devices.
  const named = /layouts/.test(what) ? /"device_id":"daq1"/ : /"daq1"/;
  const isToken = headers.origin !== OWN.origin && text.includes('"csrf_token":"lab_');
  ok(sees || !(named.test(text) || isToken), `${what}: ${text.slice(0, 200)}`);
}

function addressOf(path: string, pairs: readonly string[]): string {
  return `${path.split("#")[0]}${pairs.length ? `?${pairs.join("&")}` : ""}`;
}

function given(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""));
}

function requestOf(
  address: string,
  method: string,
  headers: Record<string, string>,
  body: string,
): Request | undefined {
  try {
    const sent = ["GET", "HEAD"].includes(method) ? undefined : body;
    return new Request(new URL(address, `http://${HOST}`), { method, headers, body: sent });
  } catch {
    return undefined;
  }
}
