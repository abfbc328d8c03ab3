import { deepStrictEqual as equal } from "node:assert/strict";
import { z } from "zod";
import { LabError, type LabErrorCode } from "../../lib/errors.ts";
import type { ClientLimits } from "../../lib/http/access/client_limits.ts";
import { accessOf } from "../../lib/http/access/route_table.ts";
import { createApp } from "../../lib/http/app.ts";
import { LeaseFile } from "../../lib/leases/lease_file.ts";
import { KeptDevices } from "../../lib/kept_devices/kept_devices.ts";
import { Layouts } from "../../lib/layouts/layouts.ts";
import { Leases } from "../../lib/leases/leases.ts";
import type { Document } from "../../lib/http/openapi/document.ts";
import { defineDriver } from "../../lib/driver/mod.ts";
import { Alarms } from "../../lib/alarms/alarms.ts";
import { ALARM_RULE } from "../support/alarm_rule.ts";
import { fail, hang, ScriptedInstrument, type Step } from "../support/scripted_driver.ts";
import { until } from "../support/until.ts";
import { defineTask } from "../../lib/task/mod.ts";
import { tokenFolder } from "../support/token_folder.ts";
import { type WebBench, webBench } from "../support/web_bench.ts";

const say = (code: LabErrorCode): Step => () => {
  throw new LabError(code, "as scripted");
};

/** A schema of params or options whose check fails with the error that the caller names. */
const failing = (use: "params" | "options") =>
  z.object({
    code: z.string().refine((code) => {
      throw new LabError(code as LabErrorCode, `its ${use} are checked`);
    }),
  });

/** A task that runs until it is cancelled, with a parameter that jams; and one whose making fails. */
const Held = defineTask({
  name: "Held",
  params: z.object({ device: z.string().default("") }),
  parameters: z.object({
    jam: z.boolean().default(false).refine((jams) => {
      if (jams) throw new Error("jammed");
      return true;
    }),
  }),
  devices: ({ device }) => device ? [device] : [],
  run: (context) => context.delay(1e9),
});
const Broken = defineTask({
  name: "Broken",
  devices: () => {
    throw new Error("no such plan");
  },
  run: () => {},
});

/** Devices with every kind of failure. "daq1" is connected. */
async function troubledBench(): Promise<WebBench> {
  const bench = await webBench();
  const { daemon } = bench;
  daemon.registerPlugins({
    devices: {
      Mute: new ScriptedInstrument({ streams: false }).driver,
      Broken: new ScriptedInstrument().next("create", fail("no such card")).driver,
      PickyParams: defineDriver({ name: "PickyParams", params: failing("params"), create: () => ({}) }),
      PickyOptions: defineDriver({
        name: "PickyOptions",
        options: failing("options"),
        create: () => ({ async *stream() {} }),
      }),
    },
  });
  await bench.device.connect();
  for (const task of [Held, Broken, defineTask({ name: "Quick", run: () => {} })]) bench.tasks.types.register(task);
  await bench.ask("POST /tasks", { task_id: "held", task_type: "Held" });
  await bench.ask("POST /tasks", { task_id: "over", task_type: "Quick" });
  await until("the quick task has ended", () => !bench.tasks.get("over").isRunning);
  await (await daemon.addDevice("mute", "Mute")).connect();
  await (await daemon.addDevice("picky", "PickyOptions")).connect();
  await daemon.addDevice("off", "Scripted");
  await (await daemon.addDevice("disabled", "Scripted")).disable();
  await daemon.addDevice("required", "Scripted", {}, { lease: "required" });
  await daemon.addDevice("leased", "Scripted");
  for (const id of ["required", "leased"]) {
    const device = daemon.getDevice(id);
    await device.connect();
    device.startCall({ method: "work", args: [], kwargs: {} }).isKept = true;
  }
  await bench.ask("POST /leases", { devices: ["leased"], ttl: 3600 });
  const restart = { maxRestarts: 0, windowMs: 1, initialDelayMs: 1, maxDelayMs: 1 };
  await (await daemon.addDevice("dead", "Broken", {}, { restart })).connect().catch(() => {});
  daemon.addFailedDevice("missing", "Nix", {}, new LabError("DeviceTypeNotFound", "there is no Nix"));
  return bench;
}

type Ask = (bench: WebBench) => Promise<{ status: number; type: string; origin: string }>;

const ask = (request: string, body?: unknown, headers?: HeadersInit): Ask => (bench) =>
  bench.refusal(request, body, headers);

/** The ways to be refused because of leases, by what a command to a device asks. */
function unleased(command: (id: string) => [request: string, body?: unknown]): Ask[] {
  return [
    ask(...command("leased")),
    ask(...command("required")),
    (bench) => bench.refusal(...withBody(command("leased")), { "x-lease": "lab_old" }),
  ];
}

const withBody = ([request, body]: [request: string, body?: unknown]): [string, unknown] => [request, body];

/** A daemon that keeps no tasks. */
function taskless(request: string, body: unknown): Ask {
  return async ({ daemon }) => {
    const app = createApp(daemon);
    const [method, path] = request.split(" ");
    const headers = { "content-type": "application/json" };
    const response = await app.request(path, { method, headers, body: JSON.stringify(body) });
    app.close();
    return { status: response.status, ...(await response.json()).error };
  };
}

/** A lease that cannot be kept. */
const unkept: Ask = async ({ daemon }) => {
  const app = createApp(daemon, { host: "127.0.0.1", leases: new Leases(daemon, new LeaseFile("/dev/null/data")) });
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ devices: ["mute"] });
  const response = await app.request("/leases", { method: "POST", headers, body });
  app.close();
  const { error } = await response.json();
  return { status: response.status, ...error };
};

/** Asks an app once, and closes it. */
async function askOnce(app: ReturnType<typeof createApp>, request: string, body?: unknown) {
  const [method, path] = request.split(" ");
  const headers = { "content-type": "application/json" };
  const response = await app.request(path, {
    method,
    headers,
    ...body !== undefined && { body: JSON.stringify(body) },
  });
  app.close();
  const { error } = await response.json();
  return { status: response.status, ...error };
}

/** Asks for layouts that cannot be read. */
function unreadable(request: string, body?: unknown): Ask {
  return async ({ daemon }) => {
    const app = createApp(daemon, { host: "127.0.0.1", layouts: new Layouts("/dev/null/data") });
    return await askOnce(app, request, body);
  };
}

/** Removes a device that is kept in a data folder that cannot be read. */
const removingKept: Ask = async ({ daemon }) => {
  const device = await daemon.addDevice("kept1", "Scripted");
  device.keptIn = "data_folder";
  const app = createApp(daemon, { host: "127.0.0.1", kept: new KeptDevices("/dev/null/data") });
  const refusal = await askOnce(app, "DELETE /devices/kept1");
  await daemon.removeDevice(device);
  return refusal;
};

/** Keeps a device for which there is no data folder. */
const keepingUnkept: Ask = async ({ daemon }) => {
  const app = createApp(daemon, { host: "127.0.0.1" });
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ device_id: "added1", device_type: "Scripted" });
  await app.request("/devices", { method: "POST", headers, body });
  const refusal = await askOnce(app, "POST /devices/added1/keep");
  await daemon.removeDevice(daemon.getDevice("added1"));
  return refusal;
};

/** Cancels a call of a device. */
const cancelling = (id: string, headers?: HeadersInit): Ask => async (bench) => {
  const call = bench.daemon.calls.all.find(({ deviceId }) => deviceId === id)!;
  return await bench.refusal(`DELETE /calls/${call.id}`, undefined, headers);
};

/** The instrument does something else than it is asked, the next time. */
const scripted =
  (name: "connect" | "work" | "stream" | "get" | "set", step: Step, request: string, body?: unknown): Ask =>
  (
    bench,
  ) => {
    bench.instrument.next(name, step);
    return bench.refusal(request, body);
  };

/** Asks a daemon that has no folder for recordings. */
function unrecorded(request: string, body?: unknown): Ask {
  return async ({ daemon }) => {
    const app = createApp(daemon);
    return await askOnce(app, request, body);
  };
}

/** Asks a daemon whose device "off" has the alarm "value", which does not fire. */
function alarmed(request: string): Ask {
  return async ({ daemon }) => {
    const rules = new Map([["off", [{ ...ALARM_RULE, above: 5 }]]]);
    const alarms = new Alarms({ bench: daemon, rules });
    const app = createApp(daemon, { host: "127.0.0.1", alarms });
    const [method, path] = request.split(" ");
    const response = await app.request(path, { method });
    app.close();
    alarms.close();
    const { error } = await response.json();
    return { status: response.status, ...error };
  };
}

const create = (device_id: string, device_type: string, params = {}) =>
  ask("POST /devices", { device_id, device_type, params });

/** The refusals of a call, whichever way it is requested. */
function calling(call: (id: string, method: string) => [request: string, body: unknown]): Ask[] {
  return [
    ask(...call("picky", "nix")),
    ask(...call("off", "work")),
    ask(...call("disabled", "work")),
    ask(...call("dead", "work")),
    async (bench) => {
      await bench.device.connect();
      return await scripted("work", fail("jammed"), ...call("daq1", "work"))(bench);
    },
    scripted("work", say("DeviceTimeout"), ...call("daq1", "work")),
    scripted("work", say("CallCancelled"), ...call("daq1", "work")),
  ];
}

/** Every way to be refused that belongs to one operation. What belongs to all of a kind is added below. */
const REFUSALS: Record<string, Ask[]> = {
  createDevice: [
    create("n", "Nix"),
    create("daq1", "Scripted"),
    create("n", "PickyParams", { code: "DriverError" }),
    create("n", "PickyParams", { code: "DeviceTimeout" }),
    // The daemon has no data folder.
    ask("POST /devices", { device_id: "n", device_type: "Scripted", keep: true }),
  ],
  deleteDevice: [removingKept],
  keepDevice: [keepingUnkept],
  connectDevice: [
    ask("POST /devices/missing/connect"),
    ask("POST /devices/disabled/connect"),
    async (bench) => {
      await bench.device.disconnect();
      const begun = Promise.withResolvers<void>();
      bench.instrument.next("connect", (signal) => {
        begun.resolve();
        return hang(signal);
      });
      const refusal = bench.refusal("POST /devices/daq1/connect");
      await begun.promise;
      await bench.device.disconnect();
      return await refusal;
    },
    scripted("connect", fail("no cable"), "POST /devices/daq1/connect"),
    async (bench) => {
      await bench.device.disconnect();
      return await scripted("connect", say("DeviceTimeout"), "POST /devices/daq1/connect")(bench);
    },
  ],
  callMethod: calling((id, method) => [`POST /devices/${id}/call`, { method }]),
  runMethod: calling((id, method) => [`POST /devices/${id}/methods/${method}`, {}]),
  getProperty: [
    ask("GET /devices/daq1/properties/nix"),
    ask("GET /devices/off/properties/level"),
    ask("GET /devices/disabled/properties/level"),
    ask("GET /devices/dead/properties/level"),
    scripted("get", fail("jammed"), "GET /devices/daq1/properties/level"),
    scripted("get", say("DeviceTimeout"), "GET /devices/daq1/properties/level"),
  ],
  setProperty: [
    ask("PUT /devices/daq1/properties/nix", { value: 1 }),
    ask("PUT /devices/daq1/properties/reading", { value: 1 }),
    ask("PUT /devices/daq1/properties/level", { value: 11 }),
    ask("PUT /devices/off/properties/level", { value: 1 }),
    ask("PUT /devices/disabled/properties/level", { value: 1 }),
    ask("PUT /devices/dead/properties/level", { value: 1 }),
    scripted("set", fail("jammed"), "PUT /devices/daq1/properties/level", { value: 1 }),
    scripted("set", say("DeviceTimeout"), "PUT /devices/daq1/properties/level", { value: 1 }),
  ],
  startStreaming: [
    ask("POST /devices/mute/stream/start"),
    ask("POST /devices/off/stream/start"),
    ask("POST /devices/disabled/stream/start"),
    ask("POST /devices/dead/stream/start"),
    ask("POST /devices/picky/stream/start", { code: "DriverError" }),
    ask("POST /devices/picky/stream/start", { code: "DeviceTimeout" }),
    async (bench) => {
      await bench.device.connect();
      await bench.device.startStreaming();
      const refusal = await bench.refusal("POST /devices/daq1/stream/start", { sample_rate: 77 });
      await bench.device.stopStreaming();
      return refusal;
    },
  ],
  stopStreaming: [(bench) => {
    bench.daemon.getDevice("off").stopStreaming = say("DeviceTimeout") as () => Promise<void>;
    return bench.refusal("POST /devices/off/stream/stop");
  }],
  readiness: [async (bench) => {
    bench.daemon.addFailedDevice("unlucky", "Any", {}, new LabError("Unavailable", "Cannot start a process"));
    await bench.daemon.getDevice("unlucky").connect().catch(() => {});
    const refusal = await bench.refusal("GET /readyz");
    await bench.daemon.removeDevice("unlucky");
    return refusal;
  }],
  getError: [ask("GET /devices/off/error")],
  getLog: [ask("GET /devices/off/log?from=x")],
  clearError: [ask("DELETE /devices/off/error")],
  streamDevice: [
    ...unleased((id) => [`GET /stream/devices/${id}?sample_rate=5`]),
    ask("GET /stream/devices/daq1?max_rate=often"),
    ask("GET /stream/devices/picky?code=DriverError"),
    ask("GET /stream/devices/picky?code=DeviceTimeout"),
  ],
  streamDevices: [ask("GET /stream"), ask("GET /stream?devices=absent")],
  acknowledgeAlarm: [
    alarmed("POST /devices/off/alarms/nix/acknowledge"),
    alarmed("POST /devices/off/alarms/value/acknowledge"),
  ],
  listTokens: [ask("GET /tokens")],
  listRecordings: [unrecorded("GET /recordings")],
  acquireLease: [
    ask("POST /leases", { devices: ["nix"] }),
    ask("POST /leases", { devices: ["leased"] }),
    unkept,
  ],
  executeTask: [
    ask("POST /tasks", { task_id: "held", task_type: "Held" }),
    ask("POST /tasks", { task_id: "next", task_type: "Nix" }),
    ask("POST /tasks", { task_id: "next", task_type: "Held", params: { device: "nix" } }),
    ask("POST /tasks", { task_id: "next", task_type: "Held", params: { device: "leased" } }),
    ask("POST /tasks", { task_id: "next", task_type: "Broken" }),
    taskless("POST /tasks", { task_id: "next", task_type: "Held" }),
  ],
  getTaskData: [ask("GET /tasks/held/data?after=often")],
  getTaskError: [ask("GET /tasks/held/error")],
  clearTaskError: [ask("DELETE /tasks/held/error")],
  pauseTask: [ask("POST /tasks/over/pause", {})],
  resumeTask: [ask("POST /tasks/over/resume", {})],
  cancelTask: [ask("POST /tasks/nix/cancel", {})],
  answerTask: [
    ask("POST /tasks/nix/answer", { choice: "yes" }),
    ask("POST /tasks/over/answer", { choice: "yes" }),
    ask("POST /tasks/held/answer", { choice: "yes" }),
  ],
  setTaskParameter: [
    ask("POST /tasks/nix/parameters", { key: "jam", value: true }),
    ask("POST /tasks/over/parameters", { key: "jam", value: true }),
    ask("POST /tasks/held/parameters", { key: "jam", value: true }),
  ],
  ...Object.fromEntries(
    Object.entries({ listLayouts: "GET /layouts", getLayout: "GET /layouts/a", deleteLayout: "DELETE /layouts/a" })
      .map(([id, request]) => [id, [unreadable(request)]]),
  ),
  saveLayout: [unreadable("PUT /layouts/a", { layout: {} })],
  breakLease: [ask("POST /leases/nix/break", { reason: "smoke" })],
  restore: [
    ...unleased((id) => ["POST /restore", { devices: [{ device_id: id, properties: {} }] }]),
    ask("POST /restore", { recording: "nix", time: "2026-11-26T08:00:00Z" }),
    unrecorded("POST /restore", { recording: "nix", time: "2026-11-26T08:00:00Z" }),
  ],
  cancelCall: [cancelling("leased"), cancelling("required"), cancelling("leased", { "x-lease": "lab_old" })],
  startRecording: [
    ...unleased((id) => ["POST /recordings", { name: "run", devices: [id] }]),
    unrecorded("POST /recordings", { name: "run" }),
    ask("POST /recordings", { name: "run", devices: ["nix"] }),
  ],
  getRecording: [unrecorded("GET /recordings/run")],
  stopRecording: [unrecorded("POST /recordings/run/stop", {})],
  addRecordingNote: [
    unrecorded("POST /recordings/run/notes", { text: "x" }),
    ask("POST /recordings/nix/notes", { text: "x" }),
  ],
  getHistory: [
    ask("GET /devices/daq1/history?from=yesterday"),
    async ({ daemon }) => {
      const startHistory = () => Promise.reject(new LabError("Unavailable", "as scripted"));
      const app = createApp(daemon, { host: "127.0.0.1", startHistory });
      const response = await app.request("/devices/daq1/history");
      app.close();
      const { error } = await response.json();
      return { status: response.status, ...error };
    },
  ],
  getRecordingData: [unrecorded("GET /recordings/run/data"), ask("GET /recordings/run/data?format=xls")],
  deleteRecording: [
    unrecorded("DELETE /recordings/run"),
    async (bench) => {
      await bench.ask("POST /recordings", { name: "live", devices: ["off"] });
      return await bench.refusal("DELETE /recordings/live");
    },
  ],
  audit: [ask("GET /audit?limit=x")],
  createToken: [ask("POST /tokens", { name: "alice", scope: "read" })],
};

/** Requests that are refused even to an administrator. */
const OF_ADMIN: Record<string, [request: string, body?: unknown]> = {
  "POST /session": ["POST /session", { token: "lab_wrong" }],
  "POST /tokens": ["POST /tokens", { name: "admin", scope: "read" }],
  "DELETE /tokens/{name}": ["DELETE /tokens/nix"],
  "POST /tokens/{name}/rotate": ["POST /tokens/nix/rotate"],
};

/** A bench that needs tokens, and the ways to be refused there. */
async function guardedBench() {
  const folder = await tokenFolder();
  const bench = await webBench({}, { host: "127.0.0.1", access: folder.access });
  await bench.device.connect();
  const admin = await folder.token("admin", "admin");
  const stranger = await folder.token("stranger", "read", { devices: ["zzz"] });
  const call = bench.device.startCall({ method: "work", args: [], kwargs: {} });
  call.isKept = true;
  await call.answer;
  const of = (path: string) =>
    path.replace("{device_id}", "daq1").replace("{call_id}", call.id).replace("{recording_id}", "run");
  await bench.ask("POST /recordings", { name: "run", devices: ["daq1"] }, admin);
  const withLimits = (clientLimits: ClientLimits) =>
    createApp(bench.daemon, { host: "127.0.0.1", access: folder.access, clientLimits });
  const limited = [withLimits({ requestsAtOnce: 0 }), withLimits({ streams: 0 })];
  return {
    /** The refusals without a token, and with one for another device. A request that is not refused adds none. */
    refusals: async (method: string, path: string): Promise<string[]> => {
      const request = `${method} ${of(path)}${path === "/stream" ? "?devices=daq1" : ""}`;
      const answers = [await bench.ask<{ error?: { type: string } }>(request)];
      if (answers[0].status === 401) answers.push(await bench.ask(request, undefined, stranger));
      if (answers[0].status === 401) {
        const [verb, url] = request.split(" ");
        for (const app of path.startsWith("/stream") ? limited : limited.slice(0, 1)) {
          const response = await app.request(url, { method: verb, headers: admin });
          answers.push({ ...answers[0], status: response.status, body: await response.json() });
        }
      }
      const [asked, body] = OF_ADMIN[`${method} ${path}`] ?? [];
      if (asked) answers.push(await bench.ask(asked, body, admin));
      if (path === "/tickets") {
        answers.push(await bench.ask("POST /tickets", { path: "/stream", scope: "admin" }, stranger));
      }
      return answers.flatMap(({ status, body: { error } }) => error ? [`${status} ${error.type}`] : []);
    },
    [Symbol.asyncDispose]: async () => {
      await bench[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Ways to be refused that come with a method, a body or a path. */
function usual(method: string, path: string, hasBody: boolean): Ask[] {
  const of = (id: string) =>
    `${method} ${
      path.replace(/\{(device|recording|lease|task)_id\}/, id).replace("{method}", "work").replace("{name}", "level")
    }`
      .replace(
        "{call_id}",
        id,
      );
  const request = of("daq1");
  const isLeased = accessOf(method, path)!.lease === "path";
  const isCommand =
    (method !== "GET" && /^.(devices|tokens|session|tickets|recordings|leases|tasks|layouts)/.test(path) &&
      !/safe$|error$/.test(path)) ||
    path === "/restore";
  const large = "x".repeat(1024 * 1024 + 1);
  const with_ = (body: string | undefined, headers: HeadersInit): Ask => (bench) =>
    bench.refusal(request, body, headers);
  return [
    with_(undefined, { origin: "http://elsewhere.example" }),
    ...(path.includes("{") ? [ask(of("absent"))] : []),
    ...(isLeased ? unleased((id) => [of(id)]) : []),
    // The validity of a command is a number.
    ...(isCommand ? [with_(undefined, { "x-asked-at": "elsewhere-0" }), with_(undefined, { "x-valid-for": "0" })] : []),
    ...(method === "GET" ? [] : [with_(large, { "content-length": String(large.length) })]),
    ...(hasBody ? [with_("[]", {}), with_("{}", { "content-type": "text/plain" })] : []),
  ];
}

/** The errors that a description lists, as `404 DeviceNotFound`. */
function listed(responses: Record<string, unknown>): string[] {
  return Object.entries(responses).filter(([status]) => Number(status) >= 400).flatMap(([status, response]) =>
    [...JSON.stringify(response).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => `${status} ${name}`)
  );
}

Deno.test("an operation lists exactly the errors that it answers", async (test) => {
  await using bench = await troubledBench();
  await using guarded = await guardedBench();
  const { body: { paths } } = await bench.ask<Document>("GET /openapi.json");
  const general = Object.entries(paths).filter(([path]) =>
    path.split("/").every((it) => !bench.daemon.devices().some(({ id }) => id === it))
  );
  for (const [path, operations] of general) {
    for (const [method, { operationId, responses, requestBody }] of Object.entries(operations)) {
      await test.step(`${method.toUpperCase()} ${path}`, async () => {
        // A defect can be anywhere, and is provoked elsewhere.
        const found = new Set(["500 InternalError", ...await guarded.refusals(method.toUpperCase(), path)]);
        const asks = [...usual(method.toUpperCase(), path, requestBody !== undefined), ...REFUSALS[operationId!] ?? []];
        for (const ask of asks) {
          const { status, type, origin } = await ask(bench);
          found.add(`${status} ${origin === "device" ? "DriverError" : type}`);
        }
        equal([...found].sort(), listed(responses!).sort());
      });
    }
  }
});
