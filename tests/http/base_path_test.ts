import { deepStrictEqual as equal } from "node:assert/strict";
import type { AppOptions } from "../../lib/http/app.ts";
import { scriptedBench } from "../support/scripted_bench.ts";
import { createApp } from "../../lib/http/app.ts";

/** Sends requests from an address to an app behind a proxy. */
async function behindProxy(options: Partial<AppOptions>, peer?: string) {
  const bench = await scriptedBench();
  await bench.device.connect();
  const app = createApp(bench.daemon, { host: "127.0.0.1", ...options });
  const ask = async (request: string, headers: HeadersInit = {}) => {
    const [method, path] = request.split(" ");
    const body = method === "POST" ? { body: "{}" } : {};
    const all = { "content-type": "application/json", ...headers };
    const sent = new Request(`http://127.0.0.1:5000${path}`, { method, headers: all, ...body });
    const response = await app.fetch(sent, peer ? { remoteAddr: { hostname: peer } } : undefined);
    return { status: response.status, location: response.headers.get("location"), text: await response.text() };
  };
  const close = async () => {
    app.close();
    await bench[Symbol.asyncDispose]();
  };
  return { ask, [Symbol.asyncDispose]: close };
}

const ASYNC = { prefer: "respond-async" };
const CALL = "/devices/daq1/methods/work";

Deno.test("below a base path everything answers, whether or not the proxy removes the path", async () => {
  await using server = await behindProxy({ basePath: "/lab" });
  for (const path of ["/health", "/devices/daq1", "/docs", "/web/main.ts", "/assets/preact.js", "/openapi.json"]) {
    equal([(await server.ask(`GET /lab${path}`)).status, (await server.ask(`GET ${path}`)).status], [200, 200], path);
  }
  for (const path of ["/labs/health", "/lab/lab/health", "/other/health", "/lab/absent"]) {
    equal((await server.ask(`GET ${path}`)).status, 404, path);
  }
});

Deno.test("the base path without a slash at its end leads to the page with one", async () => {
  await using server = await behindProxy({ basePath: "/lab" });
  const { status, location } = await server.ask("GET /lab?x=1", { accept: "text/html" });
  equal([status, location], [308, "/lab/?x=1"]);
  equal((await server.ask("GET /lab/", { accept: "text/html" })).status, 200);
});

Deno.test("an address in an answer is below the base path", async () => {
  await using server = await behindProxy({ basePath: "/lab" });
  const { status, location } = await server.ask(`POST /lab${CALL}`, ASYNC);
  equal([status, location?.replace(/[^/]+$/, "")], [202, "/lab/calls/"]);
});

Deno.test("X-Forwarded-Prefix counts from a trusted proxy only", async (test) => {
  const trustedProxies = ["192.0.2.0/24", "2001:db8::1"];
  const cases: [peer: string | undefined, prefix: string, expected: string][] = [
    ["192.0.2.7", "/lab", "/lab/calls/"],
    ["192.0.2.7", "/lab/", "/lab/calls/"],
    ["::ffff:192.0.2.7", "/a/b-c", "/a/b-c/calls/"],
    ["2001:db8::1", "/lab", "/lab/calls/"],
    ["198.51.100.1", "/lab", "/calls/"],
    ["2001:db8::2", "/lab", "/calls/"],
    [undefined, "/lab", "/calls/"],
    ["192.0.2.7", "//elsewhere.example", "/calls/"],
    ["192.0.2.7", "https://elsewhere.example", "/calls/"],
  ];
  for (const [peer, prefix, expected] of cases) {
    await test.step(`${prefix} from ${peer}`, async () => {
      await using server = await behindProxy({ trustedProxies }, peer);
      const { location } = await server.ask(`POST ${CALL}`, { ...ASYNC, "x-forwarded-prefix": prefix });
      equal(location?.replace(/[^/]+$/, ""), expected);
    });
  }
});
