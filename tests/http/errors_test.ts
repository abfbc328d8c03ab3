import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../lib/device/supervisor/settings.ts";
import { fail, hang, ScriptedInstrument } from "../support/scripted_driver.ts";
import { fakeTime } from "../support/time.ts";
import { webBench } from "../support/web_bench.ts";

/** One device for each reason to be refused: "daq1" is connected, "off" is not, "mute" cannot stream, "dead" is faulted. */
async function troubledBench() {
  const bench = await webBench();
  const { daemon } = bench;
  await bench.device.connect();
  await daemon.addDevice("off", "Scripted");
  daemon.registerPlugins({ devices: { Mute: new ScriptedInstrument({ streams: false }).driver } });
  await (await daemon.addDevice("mute", "Mute")).connect();
  const broken = new ScriptedInstrument().next("create", fail("no such card"));
  daemon.registerPlugins({ devices: { Broken: broken.driver } });
  const restart = { maxRestarts: 0, windowMs: 1, initialDelayMs: 1, maxDelayMs: 1 };
  await (await daemon.addDevice("dead", "Broken", {}, { restart })).connect().catch(() => {});
  return bench;
}

const scripted = { device_type: "Scripted" };

Deno.test("every refusal has its status, its type, and a message with the attempt and its object", async (test) => {
  await using bench = await troubledBench();
  const cases: [request: string, body: unknown, status: number, type: string, message: RegExp][] = [
    ["GET /devices/x", undefined, 404, "DeviceNotFound", /^Cannot find device "x": known devices are daq1, off, mute/],
    ["DELETE /devices/x", undefined, 404, "DeviceNotFound", /"x"/],
    ["POST /devices/x/connect", undefined, 404, "DeviceNotFound", /"x"/],
    ["POST /devices/x/disconnect", undefined, 404, "DeviceNotFound", /"x"/],
    ["GET /devices/x/methods", undefined, 404, "DeviceNotFound", /"x"/],
    ["POST /devices/x/call", { method: "work" }, 404, "DeviceNotFound", /"x"/],
    ["POST /devices/x/stream/start", undefined, 404, "DeviceNotFound", /"x"/],
    ["POST /devices/x/stream/stop", undefined, 404, "DeviceNotFound", /"x"/],
    ["GET /devices/x/error", undefined, 404, "DeviceNotFound", /"x"/],
    ["DELETE /devices/x/error", undefined, 404, "DeviceNotFound", /"x"/],
    ["GET /stream/devices/x", undefined, 404, "DeviceNotFound", /"x"/],
    ["GET /stream?devices=daq1,x", undefined, 404, "DeviceNotFound", /"x"/],
    ["POST /devices", { device_id: "n", device_type: "Nix" }, 404, "DeviceTypeNotFound", /"n".*"Nix".*Scripted, Mute/],
    ["POST /devices/daq1/call", { method: "nix" }, 404, "MethodNotFound", /"nix" on "daq1".*known methods are work/],
    ["GET /devices/daq1/error", undefined, 404, "NoError", /"daq1"/],
    ["GET /nothing", undefined, 404, "NotFound", /^Cannot GET \/nothing: there is no such path/],
    ["POST /devices", { device_id: "daq1", ...scripted }, 409, "DeviceExists", /"daq1": there is one already/],
    ["POST /devices/off/call", { method: "work" }, 409, "DeviceNotConnected", /"work" on "off": it is disconnected/],
    ["POST /devices/off/stream/start", undefined, 409, "DeviceNotConnected", /"off": it is disconnected/],
    ["POST /devices/mute/stream/start", undefined, 409, "NotStreamable", /"mute": its driver has no stream/],
    ["POST /devices/dead/call", { method: "work" }, 503, "DeviceFaulted", /"work" on "dead".*faulted.*no such card/],
    ["POST /devices/dead/stream/start", undefined, 503, "DeviceFaulted", /"dead".*faulted.*no such card/],
  ];
  for (const [request, body, status, type, message] of cases) {
    await test.step(`${request}: ${status} ${type}`, async () => {
      const error = await bench.refusal(request, body);
      equal(Object.keys(error).sort(), ["context", "message", "origin", "status", "timestamp", "type"]);
      equal([error.status, error.type, error.origin], [status, type, "framework"]);
      match(error.message, message);
      match(error.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    });
  }
});

Deno.test("a refusal names the device in its context", async (test) => {
  await using bench = await troubledBench();
  const cases: [string, unknown, object][] = [
    ["GET /devices/x", undefined, { device_id: "x" }],
    ["POST /devices", { device_id: "daq1", ...scripted }, { device_id: "daq1" }],
    ["POST /devices", { device_id: "n", device_type: "Nix" }, { device_type: "Nix" }],
    ["POST /devices/off/call", { method: "work" }, { device_id: "off" }],
    ["POST /devices/daq1/call", { method: "nix" }, { device_id: "daq1", method: "nix" }],
    ["GET /devices/daq1/error", undefined, { device_id: "daq1" }],
  ];
  for (const [request, body, context] of cases) {
    await test.step(request, async () => {
      const { request_id: _, ...rest } = (await bench.refusal(request, body)).context;
      equal(rest, context);
    });
  }
});

Deno.test("an error of a method is answered with 502 under its own name, without a stack", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  bench.instrument.next("work", fail("the door is open", "InterlockError"));
  const { status, text, body, headers } = await bench.ask<{ error: Record<string, unknown> }>(
    "POST /devices/daq1/call",
    { method: "work" },
  );
  const { timestamp: _, ...error } = body.error;
  equal(status, 502);
  equal(error, {
    type: "InterlockError",
    message: "the door is open",
    origin: "device",
    failure_source: "instrument",
    context: { device_id: "daq1", request_id: headers.get("x-request-id") },
  });
  doesNotMatch(text, /stack|\.ts|\bat /);
});

Deno.test("a thrown value without a name of its own is a DeviceError", async (test) => {
  await using bench = await webBench();
  await bench.device.connect();
  for (const [thrown, message] of [[new Error("jammed"), "jammed"], ["jammed", "jammed"], [7, "7"]] as const) {
    await test.step(String(thrown), async () => {
      bench.instrument.next("work", () => {
        throw thrown;
      });
      const error = await bench.refusal("POST /devices/daq1/call", { method: "work" });
      equal([error.status, error.type, error.message, error.origin], [502, "DeviceError", message, "device"]);
    });
  }
});

Deno.test("a driver cannot choose the status by the name of its error", async () => {
  await using bench = await webBench();
  await bench.device.connect();
  bench.instrument.next("work", fail("not here", "DeviceNotFound"));
  const { status, origin } = await bench.refusal("POST /devices/daq1/call", { method: "work" });
  equal([status, origin], [502, "device"]);
});

Deno.test("a failed connect is answered with the driver's error, and the device keeps trying", async () => {
  await using bench = await webBench();
  bench.instrument.next("connect", fail("no cable", "CableError"));
  const error = await bench.refusal("POST /devices/daq1/connect");
  equal([error.status, error.type, error.message, error.origin], [502, "CableError", "no cable", "device"]);
  const { body } = await bench.ask("GET /devices/daq1");
  equal([body.state, body.connected], ["retrying", false]);
});

Deno.test("a call that exceeds its limit is answered with 504, and its signal aborts", async () => {
  using time = fakeTime();
  await using bench = await webBench({ limits: { ...DEFAULT_LIMITS, callMs: 2_000 } });
  await bench.device.connect();
  bench.instrument.next("work", hang);
  const refusal = bench.refusal("POST /devices/daq1/call", { method: "work" });
  await time.tick(2_000);
  const { status, type, message } = await refusal;
  equal([status, type], [504, "DeviceTimeout"]);
  match(message, /^Cannot call "work" on "daq1": no answer within 2000 ms/);
  equal(bench.instrument.calls.at(-1), "worked ");
});

Deno.test("a defect of the daemon is answered with 500 and without its message", async () => {
  await using bench = await webBench();
  bench.daemon.drivers = () => {
    throw new TypeError("secret of line 42");
  };
  const { status, type, message, origin } = await bench.refusal("GET /drivers");
  equal([status, type, origin], [500, "InternalError", "framework"]);
  doesNotMatch(message, /secret/);
  equal((await bench.ask("GET /health")).status, 200);
});
