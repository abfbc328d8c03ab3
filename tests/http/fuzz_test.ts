import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { webBench } from "../support/web_bench.ts";

const ODD_TEXTS = [
  ...[
    "__proto__",
    "constructor",
    "toString",
    "..",
    ".",
    "%00",
    "%2e%2e%2f",
    "%ED%A0%80",
    "%",
    "%zz",
    "a%2Fb",
    "\u{1f52c}",
  ],
  ...[
    "daq1",
    "daq9",
    "x".repeat(5_000),
    "-1",
    "null",
    "[]",
    "{}",
    '"',
    "NaN",
    "1e400",
    "9007199254740993",
    "true",
    "*",
  ],
];
const text = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ maxLength: 20 }).map(encodeURIComponentSafely));
const ROUTES = [
  ...["/", "/health", "/drivers", "/devices", "/devices/ID", "/devices/ID/connect", "/devices/ID/disconnect"],
  ...[
    "/devices/ID/disable",
    "/devices/ID/enable",
    "/devices/ID/methods",
    "/devices/ID/properties",
    "/devices/ID/properties/ID",
    "/snapshot",
    "/restore",
    "/devices/ID/call",
    "/devices/ID/stream/start",
  ],
  ...["/devices/ID/stream/stop", "/devices/ID/error", "/stream", "/stream/devices/ID", "/openapi.json", "/docs", "/ID"],
  ...["//", "/devices//call", "/assets/docs.js", "/ID/ID/ID"],
];

function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const key = fc.constantFrom(
  "devices",
  "since",
  "past",
  "max_rate",
  "thin",
  "waits",
  "no_samples",
  "joins",
  "format",
  "sample_rate",
  "channel",
  "__proto__",
  "",
);
const since = fc.constantFrom(
  "e-1",
  "e1;daq1:5",
  "e1;~0.1.2",
  "e1;~zzzzzzzzz.zzzzzzzzzz",
  "e1;+zzz",
  ";",
  "e1;",
  "daq1:1",
);
const query = fc.array(fc.tuple(key, fc.oneof(text, since)), { maxLength: 5 })
  .map((pairs) => pairs.length ? `?${pairs.map((pair) => pair.join("=")).join("&")}` : "");
const path = fc.tuple(fc.constantFrom(...ROUTES), fc.array(text, { minLength: 3, maxLength: 3 }), query)
  .map(([route, ids, query]) => route.replace(/ID/g, () => ids.pop()!) + query);

const HEADERS = {
  host: ["localhost", "127.0.0.1:99999", "[::1", "a b", "evil.example", "", "@", "127.0.0.1:5000"],
  origin: ["null", "http://localhost:3000", "http://evil.example", "://", ""],
  referer: ["http://evil.example/", "not an address", "http://localhost/"],
  "sec-fetch-site": ["same-origin", "same-site", "cross-site", "none", "?"],
  "sec-fetch-dest": ["document", "image", "?"],
  "user-agent": ["Mozilla/5.0", ""],
  accept: ["text/html", "text/event-stream", "*/*"],
  "content-type": ["application/json", "text/plain", "application/json; charset=\u00ff", ""],
  "last-event-id": ["e1-5", "e1;daq1:5", "e1;~0.1", "junk", "\u00ff", ";;;", "x".repeat(10_000)],
  "x-request-id": ["abc", "x".repeat(100), "\u00ff"],
  "access-control-request-method": ["POST", "\u00ff"],
  "content-length": ["5", "x", "99999999999999"],
};
const header = (values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
const headers = fc.record(Object.fromEntries(Object.entries(HEADERS).map(([name, values]) => [name, header(values)])));

const json = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.record({
    device_id: fc.oneof(fc.string(), fc.constantFrom("daq1", "n1", "__proto__", "a\0b", "\ud800")),
    device_type: fc.oneof(fc.string(), fc.constantFrom("Scripted", "__proto__", "toString")),
    params: fc.jsonValue(),
  }, { requiredKeys: [] }).map((it) => JSON.stringify(it)),
  fc.record({
    method: fc.oneof(fc.string(), fc.constantFrom("work", "_x", "__proto__", "constructor", "\ud800")),
    args: fc.jsonValue(),
    kwargs: fc.jsonValue(),
  }, { requiredKeys: [] }).map((it) => JSON.stringify(it)),
  fc.constantFrom(
    '{"__proto__":{"a":1}}',
    `${"[".repeat(10_000)}`,
    '{"method":1e999}',
    '{"method":"work","args":[9007199254740993]}',
    "\ufeff{}",
    '{"a":1,"a":2}',
    '"\\ud800"',
  ),
);
const body = fc.oneof(json, fc.uint8Array({ maxLength: 50 }), fc.string());

/** True if the platform makes a request of it, and not an error. */
function requestOf(path: string, init: RequestInit): Request | undefined {
  try {
    return new Request(`http://localhost${path}`, init);
  } catch {
    return undefined;
  }
}

Deno.test("no request is answered with a 500, and each refusal has an error's shape", async () => {
  await using bench = await webBench();
  const method = fc.constantFrom("GET", "GET", "POST", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH", "PROPFIND");
  await fc.assert(
    fc.asyncProperty(method, path, headers, body, async (method, path, headers, body) => {
      const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const hasBody = !["GET", "HEAD"].includes(method);
      const request = requestOf(path, { method, headers: given, ...hasBody && { body: body as BodyInit } });
      if (!request) return;
      const response = await bench.app.fetch(request);
      ok(response.status < 500 || response.status === 502, `${method} ${path}: ${response.status}`);
      if (response.headers.get("content-type")?.startsWith("text/event-stream")) return await response.body?.cancel();
      const text = await response.text();
      if (response.status < 400 || method === "HEAD") return;
      // A browser that asks by a name that is not the daemon's gets a page that says so.
      const isPage = response.headers.get("content-type")?.startsWith("text/html");
      if (isPage) return equal([method, response.status], ["GET", 403]);
      const { error } = JSON.parse(text);
      equal([typeof error.type, typeof error.message, typeof error.context.request_id], ["string", "string", "string"]);
      ok(text.length < 20_000, `${method} ${path}: an error of ${text.length} characters`);
    }),
    { numRuns: 3_000 },
  );
});
