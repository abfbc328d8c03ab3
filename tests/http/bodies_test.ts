import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Issue } from "../../lib/wire/error_report.ts";
import { fakeTime } from "../support/time.ts";
import { webBench } from "../support/web_bench.ts";

const JSON_TYPE = { "content-type": "application/json" };

Deno.test("a body may be absent where no key is required, with and without a content type", async (test) => {
  await using bench = await webBench();
  const headers: Record<string, string>[] = [{}, JSON_TYPE, { "content-type": "text/plain" }];
  for (const verb of ["connect", "stream/start", "stream/stop", "disconnect"]) {
    for (const each of headers) {
      await test.step(`${verb} as ${each["content-type"] ?? "nothing"}`, async () => {
        equal((await bench.ask(`POST /devices/daq1/${verb}`, undefined, each)).status, 200);
      });
    }
    await test.step(`${verb} with {}`, async () =>
      equal((await bench.ask(`POST /devices/daq1/${verb}`, {})).status, 200));
  }
});

Deno.test("a body must be JSON by its content type", async (test) => {
  await using bench = await webBench();
  const body = JSON.stringify({ device_id: "n", device_type: "Scripted" });
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"]) {
    await test.step(`${type} is refused`, async () => {
      const { status, type: name, message } = await bench.refusal("POST /devices", body, { "content-type": type });
      equal([status, name], [415, "UnsupportedMediaType"]);
      match(message, new RegExp(`^Cannot POST /devices: the body is ${type};.*application/json`));
    });
  }
  for (const [i, type] of ["application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"].entries()) {
    await test.step(`${type} is taken`, async () => {
      const body = JSON.stringify({ device_id: `n${i}`, device_type: "Scripted" });
      equal((await bench.ask("POST /devices", body, { "content-type": type })).status, 201);
    });
  }
});

Deno.test("a body without a content type is refused", async () => {
  await using bench = await webBench();
  const request = new Request("http://localhost/devices", { method: "POST", body: new Uint8Array([123, 125]) });
  equal((await bench.app.fetch(request)).status, 415);
});

Deno.test("a body that is not JSON is refused, and so is one that is not UTF-8", async (test) => {
  await using bench = await webBench();
  for (const body of ["{", "device_id=daq2", "{'a': 1}", '{"a":1}{"b":2}', "NaN"]) {
    await test.step(body, async () => {
      const { status, type, message, context } = await bench.refusal("POST /devices", body, JSON_TYPE);
      equal([status, type, (context.issues as Issue[]).map(({ path }) => path)], [400, "InvalidRequest", [""]]);
      match(message, /^Cannot POST \/devices: the body is not JSON: /);
    });
  }
  await test.step("bytes that are not UTF-8", async () => {
    const body = new Uint8Array([0x22, 0xff, 0x22]);
    const request = new Request("http://localhost/devices", { method: "POST", body, headers: JSON_TYPE });
    equal((await bench.app.fetch(request)).status, 400);
  });
});

Deno.test("every key that is wrong is an issue under its path", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  const add = { device_id: "n", device_type: "Scripted" };
  const cases: [request: string, body: unknown, paths: string[]][] = [
    ["POST /devices", {}, ["device_id", "device_type"]],
    ["POST /devices", { device_id: 1, device_type: null }, ["device_id", "device_type"]],
    ["POST /devices", { ...add, parms: {} }, ["parms"]],
    ["POST /devices", { ...add, a: 1, b: 2 }, ["a", "b"]],
    ["POST /devices", { ...add, params: [] }, ["params"]],
    ["POST /devices", { ...add, params: { port: 7 } }, ["port"]],
    ["POST /devices", { ...add, params: { prot: "A" } }, ["prot"]],
    ["POST /devices", { ...add, device_id: "a/b" }, ["device_id"]],
    ["POST /devices", { ...add, device_id: "" }, ["device_id"]],
    ["POST /devices", [], [""]],
    ["POST /devices", "null", [""]],
    ["POST /devices", '"daq2"', [""]],
    ["POST /devices/daq1/connect", { now: true }, ["now"]],
    ["POST /devices/daq1/disconnect", { now: true }, ["now"]],
    ["POST /devices/daq1/stream/stop", { timeout: 1 }, ["timeout"]],
    ["POST /devices/daq1/stream/start", { sampel_rate: 1 }, ["sampel_rate"]],
    ["POST /devices/daq1/stream/start", { sample_rate: "fast", channel: 1 }, ["sample_rate", "channel"]],
    ["POST /devices/daq1/stream/start", [1], [""]],
    ["POST /devices/daq1/call", {}, ["method"]],
    ["POST /devices/daq1/call", { method: "work", arguments: [] }, ["arguments"]],
    ["POST /devices/daq1/call", { method: "work", args: {} }, ["args"]],
    ["POST /devices/daq1/call", { method: "work", kwargs: [] }, ["kwargs"]],
    ["POST /devices/daq1/call", { method: "work", kwargs: { nmae: "x" } }, ["nmae"]],
    ["POST /devices/daq1/call", { method: "work", args: [5] }, ["name"]],
  ];
  for (const [request, body, paths] of cases) {
    await test.step(`${request} ${JSON.stringify(body)}`, async () => {
      const { status, type, context, message, origin } = await bench.refusal(request, body);
      const issues = context.issues as Issue[];
      equal([status, type, origin, issues.map(({ path }) => path)], [400, "InvalidRequest", "framework", paths]);
      match(message, /^Cannot /);
      for (const issue of issues) match(issue.message, /./);
    });
  }
  equal(bench.daemon.devices().map(({ id }) => id), ["daq1"]);
});

Deno.test("the refusal of an unknown key lists the known keys", async () => {
  await using bench = await webBench();
  const { message } = await bench.refusal("POST /devices", { device_id: "n", device_type: "Scripted", parms: {} });
  match(message, /parms: unknown key; did you mean params\? Known keys are device_id, device_type, params/);
});

const TWO_MB = JSON.stringify({ device_id: "n".repeat(2 * 1024 * 1024), device_type: "Scripted" });

Deno.test("a body of 2 MB is refused with 413, with and without a Content-Length", async (test) => {
  await using bench = await webBench();
  const size = { "content-length": String(TWO_MB.length) };
  const cases: [string, HeadersInit][] = [["with its size", size], ["in chunks", { "transfer-encoding": "chunked" }]];
  for (const [name, headers] of cases) {
    await test.step(name, async () => {
      const { status, type, message } = await bench.refusal("POST /devices", TWO_MB, headers);
      equal([status, type], [413, "BodyTooLarge"]);
      match(message, /^Cannot POST \/devices: the body is larger than 1048576 bytes/);
    });
  }
});

Deno.test("reading a body without end stops after 1 MB", async () => {
  await using bench = await webBench();
  let given = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      given += 65_536;
      controller.enqueue(new Uint8Array(65_536));
    },
  });
  const { status } = await bench.app.fetch(new Request("http://localhost/devices", { method: "POST", body }));
  equal([status, given < 2 * 1024 * 1024], [413, true]);
});

Deno.test("reading a slow body stops after 30 s, with and without a Content-Length", async (test) => {
  for (const size of [{}, { "content-length": "10" }] as Record<string, string>[]) {
    await test.step(JSON.stringify(size), async () => {
      using time = fakeTime();
      await using bench = await webBench();
      const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array([123])) });
      const headers = { ...JSON_TYPE, ...size };
      const answer = bench.app.fetch(new Request("http://localhost/devices", { method: "POST", body, headers }));
      await time.tick(30_000);
      const response = await answer;
      equal(response.status, 400);
      const { message } = (await response.json()).error;
      match(message, /^Cannot POST \/devices: the body broke off: not done within 30000 ms$/);
    });
  }
});

Deno.test("a body just below the limit is read", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const name = "x".repeat(1024 * 1024 - 100);
  const { status, body } = await bench.ask("POST /devices/daq1/call", { method: "work", kwargs: { name } });
  equal([status, (body.result as string).length], [200, name.length]);
});

Deno.test("a refusal is not larger than its request, with any number of issues", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  const long = "x".repeat(250_000);
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key_${i}`, i]));
  const cases: [name: string, request: string, body: unknown, type: string][] = [
    ["keys", "POST /devices", { device_id: "d", device_type: "Scripted", ...many }, "InvalidRequest"],
    ["params", "POST /devices", { device_id: "d", device_type: "Scripted", params: many }, "InvalidRequest"],
    ["one long key", "POST /devices", { [long]: 1 }, "InvalidRequest"],
    ["an id", "POST /devices", { device_id: long, device_type: "Scripted" }, "InvalidRequest"],
    ["a type", "POST /devices", { device_id: "d", device_type: long }, "DeviceTypeNotFound"],
    ["a method", "POST /devices/daq1/call", { method: long }, "MethodNotFound"],
    ["arguments", "POST /devices/daq1/call", { method: "work", kwargs: many }, "InvalidRequest"],
    ["options", "POST /devices/daq1/stream/start", many, "InvalidRequest"],
    ["a device", `GET /devices/${long}`, undefined, "DeviceNotFound"],
    ["a rate", `GET /stream/devices/daq1?max_rate=${long}`, undefined, "InvalidRequest"],
    ["a place", `GET /stream/devices/daq1?since=${long}`, undefined, "InvalidRequest"],
  ];
  for (const [name, request, body, expected] of cases) {
    await test.step(name, async () => {
      const refusal = await bench.refusal(request, body);
      equal(refusal.type, expected);
      const { length } = JSON.stringify(refusal);
      ok(length < 10_000, `${length} characters`);
    });
  }
});

Deno.test("a key __proto__ is refused like any unknown key", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  const cases: [request: string, body: string, path: string][] = [
    ["POST /devices", '{"device_id":"d","device_type":"Scripted","params":{"__proto__":{}}}', "params.__proto__"],
    ["POST /devices/daq1/call", '{"method":"work","kwargs":{"__proto__":{}}}', "kwargs.__proto__"],
    ["POST /devices/daq1/call", '{"method":"work","args":[{"a":[{"__proto__":1}]}]}', "args[0].a[0].__proto__"],
    ["POST /devices/daq1/stream/start", '{"__proto__":1}', "__proto__"],
    ["GET /stream/devices/daq1?__proto__=1", "", "__proto__"],
  ];
  for (const [request, body, path] of cases) {
    await test.step(`${request} ${path}`, async () => {
      const { status, context } = await bench.refusal(request, body || undefined);
      equal([status, (context.issues as Issue[])[0].path], [400, path]);
    });
  }
});

Deno.test("a body that is nested deeper than 64 levels, or of 50,001 parts, is refused before it is parsed", async (test) => {
  await using bench = await webBench();
  const nested = (depth: number) => `{"method":"work","args":[${"[".repeat(depth)}${"]".repeat(depth)}]}`;
  const cases: [name: string, body: string, message: RegExp][] = [
    ["250,000 levels", nested(250_000), /nested deeper than 64 levels/],
    ["65 levels", nested(63), /nested deeper than 64 levels/],
    ["objects", `{"kwargs":${'{"a":'.repeat(100_000)}`, /nested deeper than 64 levels/],
    ["300,000 empty arrays", `{"args":[${"[],".repeat(300_000)}0]}`, /more than 50000 arrays, objects and keys/],
    ["60,000 keys", `{"kwargs":{${Array.from({ length: 60_000 }, (_, i) => `"${i}":0`)}}}`, /more than 50000 arrays/],
  ];
  for (const [name, body, message] of cases) {
    await test.step(name, async () => {
      const { status, type, message: found } = await bench.refusal("POST /devices/daq1/call", body);
      equal([status, type], [400, "InvalidRequest"]);
      match(found, message);
    });
  }
  await test.step("a text with a line end ends what is read, however deep the rest is", async () => {
    const { type, message } = await bench.refusal(
      "POST /devices/daq1/call",
      `{"method":"a\nb","args":${"[".repeat(1e5)}`,
    );
    equal(type, "InvalidRequest");
    match(message, /the body is not JSON/);
  });
  await test.step("62 levels in the arguments pass", async () => {
    match((await bench.refusal("POST /devices/daq1/call", nested(62))).message, /it is disconnected/);
  });
  await test.step("brackets in a text do not count", async () => {
    const body = { method: "[{".repeat(1_000) + '\\"[' };
    equal((await bench.refusal("POST /devices/daq1/call", body)).type, "MethodNotFound");
  });
});

Deno.test("a number that would be rounded or infinite is refused with its path and the nearest number", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  const cases: [value: string, path: string, message: RegExp][] = [
    ["9007199254740993", "kwargs.a[1].b", /found 9007199254740993, whose nearest is 9007199254740992/],
    ["-9007199254740993", "kwargs.a[1].b", /whose nearest is -9007199254740992/],
    ["123456789012345678901234567890", "kwargs.a[1].b", /whose nearest is 123456789012345677877719597056/],
    ["1e400", "kwargs.a[1].b", /found 1e400, beyond the largest/],
    ["-1E+400", "kwargs.a[1].b", /beyond the largest/],
    [`1${"0".repeat(400)}.5`, "kwargs.a[1].b", /beyond the largest/],
  ];
  for (const [value, path, message] of cases) {
    await test.step(value.slice(0, 40), async () => {
      const body = `{"method":"work","kwargs":{"x":["a,\\"b",{}],"a":[0,{"y":1,"b":${value}}]}}`;
      const { status, context, message: found } = await bench.refusal("POST /devices/daq1/call", body);
      equal([status, (context.issues as Issue[]).map(({ path }) => path)], [400, [path]]);
      match(found, message);
    });
  }
  for (
    const value of ["9007199254740992", "9007199254740994", "1e308", "1152921504606847000", "0.12345678901234567890"]
  ) {
    await test.step(`${value} passes`, async () => {
      const body = `{"method":"work","kwargs":{"name":${value}}}`;
      match((await bench.refusal("POST /devices/daq1/call", body)).message, /name: .*expected a text/);
    });
  }
  await test.step("digits in a text pass", async () => {
    equal((await bench.ask("POST /devices/daq1/call", { method: "work", args: ["9007199254740993"] })).status, 200);
  });
});

Deno.test("a body is limited to 64 KiB where none is expected, and to max_body where a driver reads it", async () => {
  await using bench = await webBench({}, { host: "127.0.0.1", maxBody: 4 * 1024 * 1024 });
  const spaces = (bytes: number) => `{${" ".repeat(bytes - 2)}}`;
  equal((await bench.ask("POST /devices/daq1/connect", spaces(65_536))).status, 200);
  equal((await bench.refusal("POST /devices/daq1/connect", spaces(65_537))).status, 413);
  equal((await bench.ask("POST /devices/daq1/stream/start", spaces(4 * 1024 * 1024))).status, 200);
  const { status, message } = await bench.refusal("POST /devices/daq1/call", spaces(4 * 1024 * 1024 + 1));
  equal(status, 413);
  match(message, /larger than 4194304 bytes/);
});

Deno.test("many large bodies that never end do not fill the memory: a further one is refused, a finished one frees its place", async () => {
  await using bench = await webBench();
  const endless = () => {
    const over = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
        over.signal.addEventListener("abort", () => controller.error(new Error("the client has gone")));
      },
    });
    const request = new Request("http://localhost/devices", { method: "POST", body, headers: JSON_TYPE });
    return { answer: bench.app.fetch(request), end: () => over.abort() };
  };
  const clients = Array.from({ length: 33 }, endless);
  const { status, headers } = await clients[32].answer;
  equal([status, headers.get("content-type")], [503, "application/json"]);
  clients.forEach(({ end }) => end());
  for (const { answer } of clients.slice(0, 32)) equal((await answer).status, 400);
  const body = JSON.stringify({ device_id: "n", device_type: "Scripted" });
  equal((await bench.ask("POST /devices", body, JSON_TYPE)).status, 201);
});
