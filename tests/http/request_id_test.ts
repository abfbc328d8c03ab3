import { deepStrictEqual as equal, doesNotMatch, match, notEqual } from "node:assert/strict";
import { collectLog } from "../support/log.ts";
import { fail } from "../support/scripted_driver.ts";
import { webBench } from "../support/web_bench.ts";

Deno.test("every answer has its own request id: results, refusals, pages, streams", async () => {
  await using bench = await webBench();
  const ids = new Set<string>();
  const requests = ["GET /health", "GET /devices/x", "GET /nothing", "PUT /health", "POST /devices", "GET /"];
  for (const request of requests) {
    const { headers } = await bench.ask(request);
    match(headers.get("x-request-id")!, /^[0-9a-f]{12}$/);
    ids.add(headers.get("x-request-id")!);
  }
  const stream = await bench.app.request("/stream/devices/daq1");
  ids.add(stream.headers.get("x-request-id")!);
  await stream.body!.cancel();
  equal(ids.size, requests.length + 1);
});

Deno.test("an error has its request id in the header and in the context", async () => {
  await using bench = await webBench();
  for (const request of ["GET /devices/x", "GET /nothing", "PUT /health", "POST /devices"]) {
    const { headers, body } = await bench.ask<{ error: { context: Record<string, unknown> } }>(request);
    equal(body.error.context.request_id, headers.get("x-request-id"), request);
  }
  const foreign = await bench.ask<{ error: { context: Record<string, unknown> } }>("GET /devices", undefined, {
    origin: "http://evil.example",
  });
  equal([foreign.status, foreign.body.error.context.request_id], [403, foreign.headers.get("x-request-id")]);
});

Deno.test("a device's last error has no request id", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  bench.instrument.next("work", fail("the door is open"));
  const { context } = await bench.refusal("POST /devices/daq1/call", { method: "work" });
  equal(typeof context.request_id, "string");
  const { body } = await bench.ask<{ error: { context: object } }>("GET /devices/daq1/error");
  equal(body.error.context, { device_id: "daq1" });
});

Deno.test("a client's own id is kept if it is short and plain, otherwise replaced", async (test) => {
  await using bench = await webBench();
  const taken = ["k3f9-42", "a_b=", "0".repeat(64)];
  const replaced = ["", "0".repeat(65), "a b", 'a","level":"ERROR', "\x1b[2J", "a/b", "é"];
  for (const id of taken) {
    await test.step(`taken: ${id}`, async () => {
      const { headers } = await bench.ask("GET /health", undefined, { "x-request-id": id });
      equal(headers.get("x-request-id"), id);
    });
  }
  for (const id of replaced) {
    await test.step(`replaced: ${JSON.stringify(id)}`, async () => {
      const { headers } = await bench.ask("GET /health", undefined, { "x-request-id": id });
      notEqual(headers.get("x-request-id"), id);
      match(headers.get("x-request-id")!, /^[0-9a-f]{12}$/);
    });
  }
});

Deno.test("a page may send an id, and read the answer's", async () => {
  await using bench = await webBench();
  const origin = "http://localhost:3000";
  const { headers } = await bench.ask("GET /health", undefined, { origin });
  match(headers.get("access-control-expose-headers")!, /X-Request-Id/i);
  const preflight = await bench.ask("OPTIONS /devices", undefined, {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "x-request-id",
  });
  match(preflight.headers.get("access-control-allow-headers")!, /X-Request-Id/i);
});

Deno.test("a command has a log line of level info, a read one of level debug", async () => {
  using log = collectLog();
  await using bench = await webBench();
  await bench.ask("GET /devices?token=secret");
  await bench.ask("POST /devices/daq1/connect", undefined, { "x-request-id": "k3f9" });
  await bench.ask("POST /devices", { device_id: "daq1", device_type: "secret" });
  const lines = log.records.filter(({ category }) => category[1] === "http");
  equal(
    lines.map((
      { level, properties: { method, path, status, error_type } },
    ) => [level, method, path, status, error_type]),
    [
      ["debug", "GET", "/devices", 200, undefined],
      ["info", "POST", "/devices/daq1/connect", 200, undefined],
      ["info", "POST", "/devices", 409, "DeviceExists"],
    ],
  );
  equal(lines[1].properties.request_id, "k3f9");
  equal(typeof lines[1].properties.ms, "number");
  doesNotMatch(JSON.stringify(log.records), /secret/);
});

Deno.test("a driver's failure in a request is an error in the log, with the request id and the driver's message", async () => {
  using log = collectLog();
  await using bench = await webBench();
  await bench.device.connect();
  bench.instrument.next("work", fail("the door is open", "InterlockError"));
  const { context } = await bench.refusal("POST /devices/daq1/call", { method: "work" });
  const line = log.records.find(({ properties }) => properties.request_id === context.request_id)!;
  equal([line.level, line.properties.error_type, line.properties.origin], ["error", "InterlockError", "device"]);
  match(log.messages.at(-1)!, /^POST \/devices\/daq1\/call: 502 InterlockError \(the door is open\) in [\d.]+ ms$/);
});

Deno.test("a defect is in the log under the answer's request id, with its message and stack", async () => {
  using log = collectLog();
  await using bench = await webBench();
  bench.daemon.drivers = () => {
    throw new TypeError("line 42");
  };
  const { status, context } = await bench.refusal("GET /drivers");
  const line = log.records.find(({ properties }) => properties.request_id === context.request_id)!;
  equal([status, line.level, line.properties.error_type], [500, "error", "InternalError"]);
  match((line.properties.cause as Error).stack!, /TypeError: line 42\n.*request_id_test/);
});

Deno.test("a stream has two log lines of level debug: its opening, and its end with the bytes sent", async () => {
  using log = collectLog();
  await using bench = await webBench();
  await bench.device.connect();
  {
    await using reader = await bench.open("/stream/devices/daq1", { "x-request-id": "k3f9" });
    await reader.next();
    bench.instrument.push(1, 2, 3);
    await reader.sample();
    await reader.sample();
    await reader.sample();
  }
  const lines = log.records.filter(({ category }) => category[1] === "stream");
  equal(lines.map(({ level, properties: { device_id, request_id } }) => [level, device_id, request_id]), [
    ["debug", "daq1", "k3f9"],
    ["debug", "daq1", "k3f9"],
  ]);
  equal(lines[1].properties.samples, 3);
});
