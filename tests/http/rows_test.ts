import { deepStrictEqual as equal, match, partialDeepStrictEqual as contains } from "node:assert/strict";
import type { DriverStatus } from "../../lib/wire/driver.ts";
import type { DeviceStatus } from "../../lib/wire/device.ts";
import { fail, ScriptedInstrument } from "../support/scripted_driver.ts";
import { webBench } from "../support/web_bench.ts";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

Deno.test("GET / gives a program the name, the version and the endpoints", async () => {
  await using bench = await webBench();
  const { status, body } = await bench.ask<{ name: string; version: string; endpoints: object }>("GET /");
  equal([status, Object.keys(body), body.name], [200, ["name", "version", "endpoints"], "LabDaemon"]);
  match(body.version, /^\d+\.\d+\.\d+/);
});

Deno.test("every endpoint that GET / lists exists", async (test) => {
  await using bench = await webBench();
  const { body } = await bench.ask<{ endpoints: Record<string, string> }>("GET /");
  for (const endpoint of Object.keys(body.endpoints)) {
    await test.step(endpoint, async () => {
      const { status, body } = await bench.ask<{ error?: { type: string } }>(
        endpoint.replace("{device_id}", "absent").replace(/=.*/, "=absent"),
      );
      equal([status === 405, body.error?.type === "NotFound"], [false, false]);
    });
  }
});

Deno.test("GET /health answers that it is healthy, and the time", async () => {
  await using bench = await webBench();
  const { status, body, headers } = await bench.ask("GET /health");
  equal([status, Object.keys(body), body.status], [200, ["status", "timestamp"], "healthy"]);
  match(String(body.timestamp), TIME);
  match(headers.get("content-type")!, /^application\/json/);
});

Deno.test("GET /drivers lists each driver with its schemas", async () => {
  await using bench = await webBench();
  const { status, body } = await bench.ask<{ drivers: DriverStatus[] }>("GET /drivers");
  equal([status, Object.keys(body), body.drivers.length], [200, ["drivers"], 1]);
  const { options, params, ...driver } = body.drivers[0];
  equal(driver, {
    name: "Scripted",
    summary: "",
    file: null,
    status: "loaded",
    sample: null,
    sandbox: "none: it runs in the daemon's process",
    properties: [{
      name: "level",
      summary: "How full",
      schema: {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "number",
        minimum: 0,
        maximum: 10,
        unit: "V",
      },
      writable: true,
      readable: true,
    }, {
      name: "reading",
      summary: "",
      schema: { $schema: "https://json-schema.org/draft/2020-12/schema", type: "number" },
      writable: false,
      readable: true,
    }],
    methods: [{
      name: "work",
      doc: "",
      parameters: [{ name: "name", type: "string", required: false, default: "" }],
      input: {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        properties: { name: { type: "string", default: "" } },
        additionalProperties: false,
      },
    }],
    permissions: {},
  });
  equal(Object.keys(options!.properties as object), ["sample_rate", "channel"]);
  equal(params!.properties, { port: { type: "string", default: "A" } });
});

Deno.test("GET /devices and GET /devices/{id} answer the device", async () => {
  await using bench = await webBench();
  const one = await bench.ask("GET /devices/daq1");
  equal(one.status, 200);
  contains(one.body, {
    device_id: "daq1",
    device_type: "Scripted",
    state: "disconnected",
    connected: false,
    streaming: false,
    owned_by: null,
    last_error: null,
    params: { port: "A" },
    restarts: 0,
    stream: { epoch: bench.daemon.epoch, sequence: 0, readers: 0 },
  });
  const list = await bench.ask("GET /devices");
  equal([list.status, list.body], [200, { devices: [one.body] }]);
});

Deno.test("can_stream and streams are null until the device was connected once", async () => {
  await using bench = await webBench();
  bench.daemon.registerPlugins({ devices: { Mute: new ScriptedInstrument({ streams: false }).driver } });
  await bench.ask("POST /devices", { device_id: "mute", device_type: "Mute" });
  const listed = async () => {
    const { body } = await bench.ask<{ devices: DeviceStatus[] }>("GET /devices");
    return body.devices.map(({ device_id, can_stream, streams }) => [device_id, can_stream, streams]);
  };
  equal(await listed(), [["daq1", null, null], ["mute", null, null]]);

  await bench.ask("POST /devices/daq1/connect");
  await bench.ask("POST /devices/mute/connect");

  equal(await listed(), [["daq1", true, true], ["mute", false, false]]);
  equal((await bench.ask<DeviceStatus>("GET /devices/mute")).body.streams, false);
});

Deno.test("POST /devices makes a device, with 201 and the device", async () => {
  await using bench = await webBench();
  const { status, body } = await bench.ask<DeviceStatus>("POST /devices", {
    device_id: "daq-2.a",
    device_type: "Scripted",
    params: { port: "B" },
  });
  equal([status, body.device_id, body.device_type, body.params], [201, "daq-2.a", "Scripted", { port: "B" }]);
  equal((await bench.ask("GET /devices/daq-2.a")).body, body);
});

Deno.test("POST /devices takes the defaults of params that are left out or null", async (test) => {
  await using bench = await webBench();
  for (const [device_id, params] of [["a", undefined], ["b", null], ["c", {}]] as const) {
    await test.step(JSON.stringify(params) ?? "left out", async () => {
      const answer = await bench.ask<DeviceStatus>("POST /devices", { device_id, device_type: "Scripted", params });
      equal([answer.status, answer.body.params], [201, { port: "A" }]);
    });
  }
});

Deno.test("DELETE /devices/{id} disconnects and removes it, with 204 and no body", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  const { status, text, headers } = await bench.ask("DELETE /devices/daq1");
  equal([status, text, headers.get("content-type")], [204, "", null]);
  equal(bench.instrument.calls.at(-1), "disconnect");
  equal((await bench.ask("GET /devices")).body, { devices: [] });
  equal((await bench.refusal("DELETE /devices/daq1")).type, "DeviceNotFound");
});

Deno.test("connect and disconnect answer with the device, and again when there is nothing to do", async () => {
  await using bench = await webBench();
  const seen: unknown[] = [];
  for (const verb of ["connect", "connect", "disconnect", "disconnect"]) {
    const { status, body } = await bench.ask<DeviceStatus>(`POST /devices/daq1/${verb}`);
    seen.push([status, body.device_id, body.state, body.connected]);
  }
  const [up, down] = [[200, "daq1", "connected", true], [200, "daq1", "disconnected", false]];
  equal(seen, [up, up, down, down]);
  equal([bench.instrument.count("connect"), bench.instrument.count("disconnect")], [1, 1]);
});

Deno.test("stream/start and stream/stop are idempotent, and the stop answers status, id and time", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  for (const _ of [1, 2]) {
    const { status, body } = await bench.ask<DeviceStatus>("POST /devices/daq1/stream/start", { sample_rate: 5 });
    equal([status, body.device_id, body.state, body.streaming], [200, "daq1", "streaming", true]);
  }
  equal(bench.instrument.runs, [{ sample_rate: 5, channel: "x" }]);
  for (const _ of [1, 2]) {
    const { status, body } = await bench.ask("POST /devices/daq1/stream/stop");
    equal([status, Object.keys(body)], [200, ["status", "device_id", "timestamp"]]);
    equal([body.status, body.device_id], ["stopped", "daq1"]);
    match(String(body.timestamp), TIME);
  }
  equal(bench.device.state, "connected");
});

Deno.test("stream/stop answers also on a device that is disconnected", async () => {
  await using bench = await webBench();
  equal((await bench.ask("POST /devices/daq1/stream/stop")).status, 200);
});

Deno.test("GET /devices/{id}/methods lists each method with its parameters", async () => {
  await using bench = await webBench();
  const { status, body } = await bench.ask<{ methods: Record<string, unknown>[] }>("GET /devices/daq1/methods");
  equal([status, Object.keys(body), body.methods.length], [200, ["methods"], 1]);
  equal(Object.keys(body.methods[0]), ["name", "doc", "parameters", "input", "limit"]);
});

Deno.test("GET /devices/{id}/error answers the last error until DELETE clears it", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  bench.instrument.next("work", fail("the door is open", "InterlockError"));
  const refused = await bench.refusal("POST /devices/daq1/call", { method: "work" });

  const { status, body } = await bench.ask<{ error: Record<string, unknown> }>("GET /devices/daq1/error");
  const { status: _, context: { request_id: __, ...context }, ...rest } = refused;
  const report = { ...rest, context };
  equal([status, body], [200, { error: report }]);
  equal((await bench.ask<DeviceStatus>("GET /devices/daq1")).body.last_error, report);

  const cleared = await bench.ask("DELETE /devices/daq1/error");
  equal([cleared.status, cleared.body], [200, { status: "cleared", device_id: "daq1" }]);
  equal((await bench.ask<DeviceStatus>("GET /devices/daq1")).body.last_error, null);
  for (const method of ["GET", "DELETE"]) {
    const { status, type, message } = await bench.refusal(`${method} /devices/daq1/error`);
    equal([status, type], [404, "NoError"]);
    match(message, /"daq1".*404/);
  }
});

Deno.test("a JSON answer has nosniff and frame headers", async () => {
  await using bench = await webBench();
  for (const path of ["/health", "/devices/absent", "/nothing"]) {
    const { headers } = await bench.ask(`GET ${path}`);
    equal([headers.get("x-content-type-options"), headers.get("x-frame-options")], ["nosniff", "SAMEORIGIN"], path);
  }
});
