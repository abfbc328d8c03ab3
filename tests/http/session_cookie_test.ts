/** The cookie of a session: its name, path and scheme, as a browser behind proxies and encryption sees them. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { type AppOptions, createApp } from "../../lib/http/app.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { tokenFolder } from "../support/token_folder.ts";

const PROXY = "192.0.2.7";

/** A daemon that "alice" may use, and requests to it by an address, from a proxy or another machine. */
async function daemonAt(options: Partial<AppOptions> = {}) {
  const tokens = await tokenFolder();
  const bench = await scriptedBench();
  const hosts = { allowedHosts: ["lab.example", "labpc"], trustedProxies: [PROXY] };
  const app = createApp(bench.daemon, { host: "127.0.0.1", access: tokens.access, ...hosts, ...options });
  const { authorization } = await tokens.token("alice", "control");
  const ask = async (request: string, headers: Record<string, string>, peer = "198.51.100.1") => {
    const [method, address] = request.split(" ");
    const body = method === "POST" ? JSON.stringify({ token: authorization.slice("Bearer ".length) }) : undefined;
    const all = new Headers({ host: new URL(address).host, "content-type": "application/json", ...headers });
    if (all.get("host") === "") all.delete("host");
    const response = await app.fetch(new Request(address, { method, body, headers: all }), {
      remoteAddr: { hostname: peer },
    });
    const text = await response.text();
    const csrf = text === "" ? undefined : JSON.parse(text).csrf_token;
    const [pair, ...attributes] = response.headers.get("set-cookie")?.split("; ") ?? [];
    return { status: response.status, cookie: pair, attributes, name: pair?.split("=")[0], csrf };
  };
  return {
    ask,
    [Symbol.asyncDispose]: async () => {
      app.close();
      await bench[Symbol.asyncDispose]();
      await tokens[Symbol.asyncDispose]();
    },
  };
}

type Case = [
  way: string,
  address: string,
  headers: Record<string, string>,
  peer: string | undefined,
  name: string,
  path: string,
];

Deno.test("the cookie has the port, the path and the encryption that the browser sees", async (test) => {
  const https = { "x-forwarded-proto": "https" };
  const lab = { ...https, "x-forwarded-prefix": "/lab" };
  const cases: Case[] = [
    ["plain", "http://127.0.0.1:5000", {}, undefined, "labdaemon_5000", "/"],
    ["plain, port 80", "http://labpc", {}, undefined, "labdaemon_80", "/"],
    ["encrypted by itself", "https://labpc:5443", {}, undefined, "__Secure-labdaemon_5443", "/"],
    ["encrypted, port 443", "https://labpc", {}, undefined, "__Secure-labdaemon_443", "/"],
    ["encrypted by a proxy", "http://lab.example", https, PROXY, "__Secure-labdaemon_443", "/"],
    [
      "by two proxies",
      "http://lab.example",
      { "x-forwarded-proto": "HTTPS, http" },
      PROXY,
      "__Secure-labdaemon_443",
      "/",
    ],
    ["a proxy that is not trusted", "http://lab.example", lab, undefined, "labdaemon_80", "/"],
    ["a path that a proxy names", "http://lab.example", lab, PROXY, "__Secure-labdaemon_443_lab", "/lab/"],
  ];
  for (const [way, address, headers, peer, name, path] of cases) {
    await test.step(way, async () => {
      await using daemon = await daemonAt();
      const set = await daemon.ask(`POST ${address}/session`, headers, peer);
      equal([set.status, set.name], [200, name]);
      const secure = name.startsWith("__Secure-") ? ["Secure"] : [];
      equal(set.attributes, [`Path=${path}`, "HttpOnly", ...secure, "SameSite=Strict"]);
      const own = { ...headers, cookie: set.cookie, "sec-fetch-site": "same-origin" };
      equal((await daemon.ask(`GET ${address}/session`, own, peer)).status, 200);
    });
  }
});

Deno.test("two daemons at one port, below other paths, each have their own session", async () => {
  await using one = await daemonAt({ basePath: "/one" });
  await using two = await daemonAt({ basePath: "/two" });
  const set = await one.ask("POST http://lab.example/one/session", {});
  const other = await two.ask("POST http://lab.example/two/session", {});
  equal([set.name, set.attributes[0]], ["labdaemon_80_one", "Path=/one/"]);
  equal([other.name, other.attributes[0]], ["labdaemon_80_two", "Path=/two/"]);
  const both = { cookie: `${set.cookie}; ${other.cookie}`, "sec-fetch-site": "same-origin" };
  equal((await one.ask("GET http://lab.example/one/session", both)).status, 200);
  equal((await two.ask("GET http://lab.example/two/session", both)).status, 200);
  equal((await two.ask("GET http://lab.example/two/session", { ...both, cookie: set.cookie })).status, 401);
});

Deno.test("the page of an encrypted daemon is another one than that of its name without encryption", async (test) => {
  await using daemon = await daemonAt();
  const { cookie } = await daemon.ask("POST https://labpc/session", {});
  const proxied = { "x-forwarded-proto": "https" };
  const behind = await daemon.ask("POST http://lab.example/session", proxied, PROXY);
  const cases: [request: string, headers: Record<string, string>, peer: string | undefined, status: number][] = [
    ["GET https://labpc/devices", { cookie, origin: "https://labpc" }, undefined, 200],
    ["GET https://labpc/devices", { cookie, origin: "http://labpc" }, undefined, 403],
    ["GET https://labpc/devices", { cookie, referer: "http://labpc/" }, undefined, 403],
    [
      "GET http://lab.example/devices",
      { ...proxied, cookie: behind.cookie, origin: "https://lab.example" },
      PROXY,
      200,
    ],
    ["GET http://lab.example/devices", { ...proxied, cookie: behind.cookie, origin: "http://lab.example" }, PROXY, 403],
  ];
  for (const [request, headers, peer, status] of cases) {
    await test.step(`${request} from ${headers.origin ?? headers.referer}: ${status}`, async () => {
      equal((await daemon.ask(request, headers, peer)).status, status);
    });
  }
});

Deno.test("over HTTP/2, which has no Host header, a page logs in and commands", async () => {
  await using daemon = await daemonAt();
  const own = { host: "", origin: "https://labpc:5443" };
  const { status, cookie } = await daemon.ask("POST https://labpc:5443/session", own);
  equal(status, 200);
  equal((await daemon.ask("GET https://labpc:5443/devices", { ...own, cookie })).status, 200);
});

Deno.test("logging out takes the same cookie away", async () => {
  await using daemon = await daemonAt();
  const { cookie, csrf, attributes } = await daemon.ask("POST https://labpc/session", {});
  const own = { cookie, origin: "https://labpc", "x-csrf-token": csrf };
  const out = await daemon.ask("DELETE https://labpc/session", own);
  equal([out.status, out.cookie], [204, "__Secure-labdaemon_443="]);
  equal(out.attributes, ["Max-Age=0", ...attributes]);
});
