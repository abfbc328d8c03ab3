import { deepStrictEqual as equal, match } from "node:assert/strict";
import { settled } from "../support/watch.ts";
import { webBench } from "../support/web_bench.ts";

Deno.test("an unknown method is refused with 405 and the header Allow", async (test) => {
  await using bench = await webBench();
  const cases: [request: string, allowed: string[]][] = [
    ["POST /", ["GET"]],
    ["POST /health", ["GET"]],
    ["DELETE /drivers", ["GET"]],
    ["PUT /devices", ["GET", "POST"]],
    ["DELETE /devices", ["GET", "POST"]],
    ["PATCH /devices/daq1", ["DELETE", "GET"]],
    ["POST /devices/daq1", ["DELETE", "GET"]],
    ["GET /devices/daq1/connect", ["POST"]],
    ["GET /devices/daq1/call", ["POST"]],
    ["POST /devices/daq1/methods", ["GET"]],
    ["GET /devices/daq1/stream/start", ["POST"]],
    ["POST /devices/daq1/error", ["DELETE", "GET"]],
    ["POST /stream/devices/daq1", ["GET"]],
    ["POST /stream", ["GET"]],
  ];
  for (const [request, allowed] of cases) {
    await test.step(request, async () => {
      const { status, headers, body } = await bench.ask<{ error: { type: string; message: string } }>(request);
      const allowedHere = headers.get("allow")!.split(", ").filter((method) => method !== "HEAD");
      equal([status, body.error.type, allowedHere.sort()], [405, "MethodNotAllowed", allowed]);
      match(body.error.message, new RegExp(`^Cannot ${request}: allowed are `));
    });
  }
});

Deno.test("an unknown path is refused with 404 for every method", async (test) => {
  await using bench = await webBench();
  for (
    const path of ["/nothing", "/devices/", "/devices/daq1/", "/devices/daq1/nothing", "/devices//connect", "/stream/x"]
  ) {
    for (const method of ["GET", "POST", "DELETE", "PUT"]) {
      await test.step(`${method} ${path}`, async () => {
        const { status, type } = await bench.refusal(`${method} ${path}`);
        equal([status, type], [404, "NotFound"]);
      });
    }
  }
});

Deno.test("an id with a percent sign or a slash is an unknown device", async (test) => {
  await using bench = await webBench();
  for (const id of ["%41%2Fb", "%", "%E0%A4%A", "..%2f..%2fetc", "a%00b", "%F0%9F%94%AC"]) {
    await test.step(id, async () => equal((await bench.refusal(`GET /devices/${id}`)).type, "DeviceNotFound"));
  }
});

Deno.test("HEAD answers as GET does, without the body", async (test) => {
  await using bench = await webBench();
  const paths = [
    ["/", 200],
    ["/health", 200],
    ["/drivers", 200],
    ["/devices", 200],
    ["/devices/daq1", 200],
    ["/devices/x", 404],
    ["/devices/daq1/methods", 200],
    ["/devices/daq1/error", 404],
    ["/examples/browser.html", 200],
    ["/stream/devices/daq1", 200],
    ["/stream/devices/x", 404],
    ["/stream?devices=daq1", 200],
    ["/stream?devices=*", 200],
    ["/stream", 400],
    ["/nothing", 404],
  ] as const;
  for (const [path, expected] of paths) {
    await test.step(path, async () => {
      const { status, text, headers } = await bench.ask(`HEAD ${path}`);
      equal([status, text], [expected, ""]);
      const type = path.startsWith("/stream") && expected === 200 ? "text/event-stream; charset=utf-8" : undefined;
      if (type) equal(headers.get("content-type"), type);
    });
  }
});

Deno.test("HEAD on a stream leaves no reader behind, and starts nothing", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  for (const path of ["/stream/devices/daq1", "/stream?devices=daq1", "/stream?devices=*"]) {
    await bench.ask(`HEAD ${path}`);
  }
  await settled();
  equal([bench.device.status().stream.readers, bench.device.state], [0, "connected"]);
});

Deno.test("HEAD does not run the handlers of other methods", async () => {
  await using bench = await webBench();
  await bench.ask("HEAD /devices/daq1/connect");
  equal(bench.device.state, "disconnected");
});
