/** Sessions of browsers, and tickets. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { setClock } from "../support/time.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { webBench } from "../support/web_bench.ts";

const HOST = "127.0.0.1:5000";
const OWN = { host: HOST, "sec-fetch-site": "same-origin" };

/** A bench that needs tokens, and a browser that is logged in as "alice". */
async function loggedIn(scope: "read" | "control" = "control") {
  const tokens = await tokenFolder();
  const bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  await bench.device.connect();
  const alice = await tokens.token("alice", scope);
  const body = { token: alice.authorization.slice("Bearer ".length) };
  const answer = await bench.ask<{ csrf_token: string }>("POST /session", body, {
    host: HOST,
    origin: `http://${HOST}`,
  });
  equal(answer.status, 200);
  const set = answer.headers.get("set-cookie")!;
  return {
    ...{ bench, tokens, alice, body, set },
    cookie: { cookie: set.split(";")[0] },
    csrf: { "x-csrf-token": answer.body.csrf_token },
    [Symbol.asyncDispose]: async () => {
      await bench[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

Deno.test("the cookie is HttpOnly and SameSite=Strict, has the port in its name, and is no token", async () => {
  await using it = await loggedIn();
  match(it.set, /^labdaemon_5000=lab_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  const value = it.cookie.cookie.split("=")[1];
  equal((await it.bench.ask("GET /devices", undefined, { authorization: `Bearer ${value}` })).status, 401);
});

Deno.test("a session is for the daemon's own pages only, whatever the browser says about them", async (test) => {
  await using it = await loggedIn();
  const cases: [headers: Record<string, string>, status: number][] = [
    [{ host: HOST, origin: `http://${HOST}` }, 200],
    [{ host: HOST, "sec-fetch-site": "same-origin" }, 200],
    [{ host: HOST, "sec-fetch-site": "none" }, 200],
    [{ host: HOST, referer: `http://${HOST}/` }, 200],
    [{ host: HOST, origin: "http://127.0.0.1:3000" }, 403],
    [{ host: HOST, origin: "http://localhost:5000" }, 403],
    [{ host: HOST, origin: "http://localhost:3000", "sec-fetch-site": "same-site" }, 403],
    [{ host: HOST, referer: "http://127.0.0.1:3000/" }, 403],
    [{ host: HOST }, 403],
  ];
  for (const [headers, status] of cases) {
    await test.step(`${JSON.stringify(headers)}: ${status}`, async () => {
      equal((await it.bench.ask("GET /devices", undefined, { ...it.cookie, ...headers })).status, status);
    });
  }
});

Deno.test("where a token is needed, pages of other servers of this machine are foreign, also with a token", async () => {
  await using it = await loggedIn();
  const status = async (headers: HeadersInit) => (await it.bench.ask("GET /devices", undefined, headers)).status;
  equal(await status({ ...it.alice, host: HOST }), 200);
  equal(await status({ ...it.alice, host: HOST, origin: `http://${HOST}` }), 200);
  equal(await status({ ...it.alice, host: HOST, origin: "http://localhost:3000" }), 403);
});

Deno.test("a command of a session needs its CSRF token, and may do what the token may", async () => {
  await using it = await loggedIn();
  const status = async (headers: HeadersInit, request = "POST /devices/daq1/safe") =>
    (await it.bench.ask(request, {}, headers)).status;
  equal(await status({ ...OWN, ...it.cookie }), 403);
  equal(await status({ ...OWN, ...it.cookie, "x-csrf-token": "lab_x" }), 403);
  equal(await status({ ...OWN, ...it.cookie, ...it.csrf }), 200);
  equal(await status({ ...OWN, ...it.cookie, ...it.csrf }, "POST /tokens"), 403);
  equal(await status({ ...OWN, ...it.cookie, ...it.csrf, origin: "http://localhost:3000" }), 403);
  const { body } = await it.bench.ask("GET /session", undefined, { ...OWN, ...it.cookie });
  equal([body.name, body.scope, body.csrf_token], ["alice", "control", it.csrf["x-csrf-token"]]);
});

Deno.test("a session ends when it is closed, after 12 hours, and with its token; and its streams with it", async (test) => {
  const ends: Record<string, (it: Awaited<ReturnType<typeof loggedIn>>) => Promise<Disposable | void>> = {
    closed: async ({ bench, cookie, csrf }) => {
      equal((await bench.ask("DELETE /session", undefined, { ...OWN, ...cookie, ...csrf })).status, 204);
    },
    "12 hours later": ({ tokens }) => {
      const clock = setClock(12 * 3_600_000 + 1);
      tokens.access.sessions.sweep();
      return Promise.resolve(clock);
    },
    "its token revoked": ({ tokens }) => tokens.access.tokens!.revoke("alice"),
  };
  for (const [name, end] of Object.entries(ends)) {
    await test.step(name, async () => {
      await using it = await loggedIn("read");
      const own = { ...OWN, ...it.cookie };
      await using reader = await it.bench.open("/stream/devices/daq1", own);
      using _ = await end(it) ?? { [Symbol.dispose]: () => {} };
      await reader.end();
      equal((await it.bench.ask("GET /devices", undefined, own)).status, 401);
    });
  }
});

Deno.test("another page cannot log a browser in, nor can a wrong token", async () => {
  await using it = await loggedIn();
  const { bench, body } = it;
  equal(
    (await bench.refusal("POST /session", body, { host: HOST, origin: "http://localhost:3000" })).type,
    "ForbiddenOrigin",
  );
  const wrong = await bench.ask("POST /session", { token: "lab_wrong" }, { host: HOST });
  equal([wrong.status, wrong.headers.has("set-cookie")], [401, false]);
});

Deno.test("a ticket opens its path once, within 30 s, with no more than was asked for", async (test) => {
  await using it = await loggedIn();
  const { bench, alice, tokens } = it;
  const path = "/stream/devices/daq1";
  const issue = async (body: Record<string, unknown> = { path }) =>
    (await bench.ask<{ ticket: string }>("POST /tickets", body, alice)).body.ticket;
  const status = async (request: string) => {
    const response = await bench.app.request(request);
    await response.body?.cancel();
    return response.status;
  };
  await test.step("once", async () => {
    const ticket = await issue();
    equal([await status(`${path}?ticket=${ticket}`), await status(`${path}?ticket=${ticket}`)], [200, 401]);
  });
  await test.step("for its path, and no command", async () => {
    equal(await status(`/stream?devices=*&ticket=${await issue()}`), 401);
    equal(await status(`/devices?ticket=${await issue()}`), 401);
    equal((await bench.ask(`POST /devices/daq1/safe?ticket=${await issue()}`)).status, 401);
  });
  await test.step("with read unless control was asked for", async () => {
    equal(await status(`${path}?sample_rate=5&ticket=${await issue()}`), 403);
    equal(await status(`${path}?sample_rate=5&ticket=${await issue({ path, scope: "control" })}`), 200);
    equal((await bench.refusal("POST /tickets", { path, scope: "admin" }, alice)).type, "Forbidden");
  });
  await test.step("within 30 s, and as long as its token", async () => {
    const [late, revoked] = [await issue(), await issue()];
    {
      using _ = setClock(30_001);
      equal(await status(`${path}?ticket=${late}`), 401);
    }
    await tokens.access.tokens!.revoke("alice");
    equal(await status(`${path}?ticket=${revoked}`), 401);
  });
});

Deno.test("a token in a query is not accepted", async () => {
  await using it = await loggedIn();
  const { token } = it.body;
  for (const key of ["token", "ticket", "access_token", "authorization"]) {
    equal((await it.bench.ask(`GET /stream/devices/daq1?${key}=${token}`)).status, 401);
  }
});

Deno.test("the code of the first start is still valid if the token cannot be written", async () => {
  await using tokens = await tokenFolder();
  await using bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  const code = tokens.access.codeForFirst()!;
  // A folder in the place of the file: it cannot be replaced by one.
  await Deno.mkdir(`${tokens.folder}/tokens.json/other`, { recursive: true });
  equal((await bench.ask("POST /session", { token: code }, { host: HOST })).status, 400);
  await Deno.remove(`${tokens.folder}/tokens.json`, { recursive: true });
  equal((await bench.ask("POST /session", { token: code }, { host: HOST })).status, 200);
});

Deno.test("the code of the first start makes one administrator", async () => {
  await using tokens = await tokenFolder();
  await using bench = await webBench({}, { host: "127.0.0.1", access: tokens.access });
  const code = tokens.access.codeForFirst()!;
  const both = [0, 1].map(() => bench.ask<{ token?: string }>("POST /session", { token: code }, { host: HOST }));
  const [one, other] = (await Promise.all(both)).sort((a, b) => a.status - b.status);
  equal([one.status, other.status], [200, 401]);
  ok(one.body.token);
  const admin = { authorization: `Bearer ${one.body.token}` };
  equal((await bench.ask("GET /tokens", undefined, admin)).status, 200);
  equal(tokens.access.codeForFirst(), undefined);
});
