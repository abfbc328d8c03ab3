import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { GuardOptions } from "../../lib/http/guard.ts";
import { settled } from "../support/watch.ts";
import { webBench } from "../support/web_bench.ts";

type Headers = Record<string, string>;

/** The status of a request with these headers, to a daemon that is bound so. */
async function statusOf(headers: Headers, guard: GuardOptions = { host: "127.0.0.1" }): Promise<number> {
  await using bench = await webBench({}, guard);
  return (await bench.ask("GET /health", undefined, headers)).status;
}

Deno.test("a program needs no Origin", async () => {
  equal(await statusOf({}), 200);
});

Deno.test("pages of the daemon, of this machine, and of allowed origins are answered, and no others", async (test) => {
  const guard = { host: "192.168.1.5", allowedOrigins: ["https://lab.example"] };
  const host = "192.168.1.5:5000";
  const cases: [origin: string, status: number][] = [
    ["http://192.168.1.5:5000", 200],
    ["http://localhost:3000", 200],
    ["http://localhost", 200],
    ["https://localhost:8443", 200],
    ["http://127.0.0.1:8080", 200],
    ["http://127.1.2.3", 200],
    ["http://[::1]:3000", 200],
    ["https://lab.example", 200],
    ["http://192.168.1.5:5001", 403],
    ["http://192.168.1.6:5000", 403],
    ["http://lab.example", 403],
    ["https://lab.example:444", 403],
    ["https://sub.lab.example", 403],
    ["http://evil.example", 403],
    ["http://localhost.evil.example", 403],
    ["http://127.0.0.1.evil.example", 403],
    ["http://evil-localhost", 403],
    ["http://evil.example/localhost", 403],
    ["null", 403],
    ["", 403],
    ["localhost", 403],
    ["file://", 403],
  ];
  for (const [origin, status] of cases) {
    await test.step(`${origin || "an empty one"}: ${status}`, async () => {
      equal(await statusOf({ origin, host }, guard), status);
    });
  }
});

Deno.test("the Host header must name the daemon", async (test) => {
  const local = { host: "127.0.0.1" };
  const wide = { host: "0.0.0.0" };
  const wide6 = { host: "::" };
  const named = { host: "LabPC", allowedHosts: ["bench.example", "proxy.example:8443"] };
  const lan = { host: "192.168.1.5" };
  const six = { host: "fd00::5" };
  const cases: [bound: GuardOptions, host: string, status: number][] = [
    [local, "127.0.0.1", 200],
    [local, "127.0.0.1:5000", 200],
    [local, "localhost", 200],
    [local, "localhost:5000", 200],
    [local, "LOCALHOST:5000", 200],
    [local, "[::1]:5000", 200],
    [local, "[::1]", 200],
    [local, "evil.example", 403],
    [local, "evil.example:5000", 403],
    [local, "127.0.0.1.evil.example", 403],
    [local, "localhost.evil.example:5000", 403],
    [local, "192.168.1.5:5000", 403],
    [lan, "192.168.1.5:5000", 200],
    [lan, "192.168.1.5", 200],
    [lan, "192.168.1.6:5000", 403],
    [six, "[fd00::5]:5000", 200],
    [six, "[fd00::6]:5000", 403],
    [wide, "192.168.1.5:5000", 200],
    [wide, "10.0.0.1", 200],
    [wide, "[fd00::5]:5000", 200],
    [wide, "evil.example:5000", 403],
    [wide, "192.168.1.5.evil.example", 403],
    [wide6, "[fd00::5]:5000", 200],
    [wide6, "192.168.1.5:5000", 200],
    [wide6, "evil.example", 403],
    [named, "labpc:5000", 200],
    [named, "LabPC", 200],
    [named, "bench.example", 200],
    [named, "Bench.Example:5000", 200],
    [named, "proxy.example:8443", 200],
    [named, "proxy.example", 403],
    [named, "proxy.example:5000", 403],
  ];
  for (const [guard, host, status] of cases) {
    await test.step(`${host} at ${guard.host}: ${status}`, async () => equal(await statusOf({ host }, guard), status));
  }
});

Deno.test("an element of a foreign page is refused without an Origin, too; a link to the daemon is followed", async (test) => {
  const cases: [headers: Headers, status: number][] = [
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }, 403],
    [{ "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, 200],
    [{ "sec-fetch-site": "same-site", "sec-fetch-mode": "cors", origin: "http://localhost:3000" }, 200],
    [{ "sec-fetch-site": "unheard-of" }, 403],
    [{ "sec-fetch-site": "" }, 403],
    [{ referer: "http://evil.example/page", accept: "image/*" }, 403],
    [{ referer: "http://evil.example/page", accept: "text/html" }, 200],
    [{ referer: "http://localhost/devices" }, 200],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }, 200],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }, 403],
    [{ "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }, 200],
    [{ "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }, 200],
    [{ "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", origin: "http://localhost:3000" }, 200],
  ];
  for (const [headers, status] of cases) {
    await test.step(JSON.stringify(headers), async () => equal(await statusOf(headers), status));
  }
});

const FOREIGN: Headers[] = [
  { origin: "http://evil.example" },
  { origin: "null" },
  { host: "evil.example:5000" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { referer: "http://evil.example/" },
  { referer: "http://evil.example/", accept: "image/avif,*/*", "user-agent": "Mozilla/5.0" },
];

Deno.test("a foreign request is refused on every route before anything happens", async (test) => {
  await using bench = await webBench();
  const requests: [string, unknown?][] = [
    ["GET /"],
    ["GET /health"],
    ["GET /drivers"],
    ["GET /devices"],
    ["GET /devices/daq1"],
    ["GET /devices/absent"],
    ["GET /nothing"],
    ["PUT /devices"],
    ["POST /devices", { device_id: "daq2", device_type: "Scripted" }],
    ["POST /devices", "x".repeat(2 * 1024 * 1024)],
    ["DELETE /devices/daq1"],
    ["POST /devices/daq1/connect"],
    ["POST /devices/daq1/stream/stop"],
    ["GET /stream/devices/daq1"],
    ["GET /stream?devices=*"],
    ["HEAD /stream/devices/daq1"],
    ["OPTIONS /devices"],
    ["GET /examples/browser.html"],
  ];
  for (const headers of FOREIGN) {
    for (const [request, body] of requests) {
      await test.step(`${request} with ${JSON.stringify(headers)}`, async () => {
        const answer = await bench.ask<{ error?: { type: string; origin: string } }>(request, body, headers);
        equal([answer.status, answer.headers.get("access-control-allow-origin")], [403, null]);
        if (!request.startsWith("HEAD")) {
          equal([answer.body.error?.type, answer.body.error?.origin], ["ForbiddenOrigin", "framework"]);
        }
      });
    }
  }
  await settled();
  equal(bench.daemon.devices().map(({ id }) => id), ["daq1"]);
  equal([bench.device.state, bench.device.status().stream.readers, bench.instrument.calls], ["disconnected", 0, []]);
});

Deno.test("the refusal of an origin or host names the key of the bench file", async () => {
  await using bench = await webBench();
  match(
    (await bench.refusal("GET /health", undefined, { origin: "http://a.example" })).message,
    /http:\/\/a\.example.*allowed_origins/,
  );
  match((await bench.refusal("GET /health", undefined, { host: "a.example" })).message, /"a\.example".*allowed_hosts/);
});

Deno.test("an allowed page gets CORS headers, without credentials", async (test) => {
  await using bench = await webBench();
  const origin = "http://localhost:3000";
  for (const [request, status] of [["GET /health", 200], ["GET /devices/x", 404], ["PUT /devices", 405]] as const) {
    await test.step(request, async () => {
      const { status: found, headers } = await bench.ask(request, undefined, { origin });
      equal([found, headers.get("access-control-allow-origin")], [status, origin]);
      equal(headers.get("access-control-allow-credentials"), null);
      match(headers.get("vary")!, /origin/i);
    });
  }
  await test.step("a stream", async () => {
    await using reader = await bench.open("/stream/devices/daq1", { origin });
    equal(reader.response.headers.get("access-control-allow-origin"), origin);
  });
});

Deno.test("a request without an Origin gets no CORS headers", async () => {
  await using bench = await webBench();
  equal((await bench.ask("GET /health")).headers.get("access-control-allow-origin"), null);
});

Deno.test("a preflight lists the methods and headers that pages need, and changes nothing", async (test) => {
  await using bench = await webBench();
  const origin = "http://localhost:3000";
  const asked: [path: string, method: string, headers: string][] = [
    ["/devices/daq1", "DELETE", ""],
    ["/devices/daq1/call", "POST", "content-type"],
    ["/stream/devices/daq1", "GET", "last-event-id,cache-control"],
  ];
  for (const [path, method, wanted] of asked) {
    await test.step(`${method} ${path}`, async () => {
      const { status, headers, text } = await bench.ask(`OPTIONS ${path}`, undefined, {
        origin,
        "access-control-request-method": method,
        ...(wanted && { "access-control-request-headers": wanted }),
      });
      equal([status, text, headers.get("access-control-allow-origin")], [204, "", origin]);
      const allowed = (name: string) => headers.get(`access-control-allow-${name}`)!.toLowerCase().split(/, ?/);
      for (const each of ["get", "post", "delete"]) equal(allowed("methods").includes(each), true, each);
      for (const each of ["content-type", "last-event-id"]) equal(allowed("headers").includes(each), true, each);
      for (const each of wanted ? wanted.split(",") : []) equal(allowed("headers").includes(each), true, each);
      equal(headers.get("access-control-allow-credentials"), null);
    });
  }
  equal(bench.daemon.devices().length, 1);
});

Deno.test("an image on a sibling host starts no device, nor does one that hides its page", async (test) => {
  const cases: [name: string, headers: Headers, status: number, readers: number][] = [
    ["an image on a sibling host", { "sec-fetch-site": "same-site", "sec-fetch-dest": "image" }, 403, 0],
    ["an image without a Referer at an address without Sec-Fetch-Site", { "user-agent": "Mozilla/5.0" }, 200, 0],
    ["the daemon's own page there", { "user-agent": "Mozilla/5.0", referer: "http://localhost/" }, 200, 1],
    ["a program", { "user-agent": "python-requests/2.32" }, 200, 1],
  ];
  for (const path of ["/stream/devices/daq1", "/stream?devices=*"]) {
    for (const [name, headers, status, readers] of cases) {
      await test.step(`${name}: ${path}`, async () => {
        await using bench = await webBench();
        await bench.device.connect();
        const response = await bench.app.request(path, { headers });
        await settled();
        equal([response.status, bench.device.status().stream.readers], [status, readers]);
        equal(bench.device.state, readers ? "streaming" : "connected");
        await response.body?.cancel();
      });
    }
  }
});

Deno.test("a malformed Host header is refused on every route", async (test) => {
  await using bench = await webBench();
  for (
    const host of ["127.0.0.1:99999", "127.999.1.1", "[::1", "127.0.0.1:x", "a b", "@", "127.0.0.1/x"]
  ) {
    for (const path of ["/health", "/stream/devices/daq1", "/stream?devices=*", "/devices"]) {
      await test.step(`${host} ${path}`, async () => {
        const { status, text } = await bench.ask(`HEAD ${path}`, undefined, { host });
        equal([status, text], [403, ""]);
      });
    }
  }
});

Deno.test("a server on a socket refuses a request without a Host header", async () => {
  await using bench = await webBench({}, { host: "127.0.0.1", requiresHost: true });
  const { status, type } = await bench.refusal("GET /health");
  equal([status, type], [400, "InvalidRequest"]);
  equal((await bench.ask("GET /health", undefined, { host: "127.0.0.1:5000" })).status, 200);
});

Deno.test("a browser that opens the daemon by a name that is not allowed gets a page that says what to add", async () => {
  await using bench = await webBench({}, { host: "0.0.0.0" });
  const headers = { host: "labpc<b>:5000", accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  for (const path of ["/", "/devices", "/docs"]) {
    const { status, headers: sent, text } = await bench.ask(`GET ${path}`, undefined, headers);
    equal([status, sent.get("content-type")], [403, "text/html; charset=utf-8"]);
    match(text, /<code>allowed_hosts: \[&quot;labpc&lt;b&gt;&quot;\]<\/code>/);
    match(sent.get("content-security-policy")!, /default-src 'none'/);
  }
  const { status, type } = await bench.refusal("GET /", undefined, { host: "labpc:5000" });
  equal([status, type], [403, "ForbiddenOrigin"]);
});
