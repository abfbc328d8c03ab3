import assert from "node:assert/strict";
import { install } from "@sinonjs/fake-timers";
import { type RestoreAnswer, ServerAPI, ServerAPIError, ServerConnectionError } from "../../lib/client/mod.ts";
import { ScriptedDaemon } from "./scripted_daemon.ts";

const BASE = "http://bench:5000";

/** An API whose every request is answered the same, and what it asked. */
function answering(status: number, body?: unknown) {
  const asked: { call: string; body: unknown; contentType: string | null }[] = [];
  const fetch = (url: string, init: RequestInit = {}) => {
    const contentType = new Headers(init.headers).get("content-type");
    const sent = init.body === undefined ? undefined : JSON.parse(String(init.body));
    asked.push({ call: `${init.method} ${url.slice(BASE.length)}`, body: sent, contentType });
    return Promise.resolve(new Response(body === undefined ? null : JSON.stringify(body), { status }));
  };
  return { api: new ServerAPI(BASE, { fetch }), asked };
}

const CALLS: [name: string, run: (api: ServerAPI) => Promise<unknown>, call: string, body?: unknown][] = [
  ["info", (api) => api.info(), "GET /"],
  ["health", (api) => api.health(), "GET /health"],
  ["ready", (api) => api.ready(), "GET /readyz"],
  ["listDrivers", (api) => api.listDrivers(), "GET /drivers"],
  ["listDevices", (api) => api.listDevices(), "GET /devices"],
  ["getDevice", (api) => api.getDevice("daq1"), "GET /devices/daq1"],
  ["addDevice", (api) => api.addDevice("d", "T", { high: 5 }), "POST /devices", {
    device_id: "d",
    device_type: "T",
    params: { high: 5 },
  }],
  ["listAlarms", (api) => api.listAlarms(), "GET /alarms"],
  ["listAlarms", (api) => api.listAlarms("daq1"), "GET /devices/daq1/alarms"],
  [
    "acknowledgeAlarm",
    (api) => api.acknowledgeAlarm("daq1", "volts", "pump off"),
    "POST /devices/daq1/alarms/volts/acknowledge",
    { note: "pump off" },
  ],
  ["listLayouts", (api) => api.listLayouts(), "GET /layouts"],
  ["getLayout", (api) => api.getLayout("IV curve"), "GET /layouts/IV%20curve"],
  ["saveLayout", (api) => api.saveLayout("a/b", { span: 60 }), "PUT /layouts/a%2Fb", { layout: { span: 60 } }],
  ["deleteLayout", (api) => api.deleteLayout("a"), "DELETE /layouts/a"],
  ["listRecordings", (api) => api.listRecordings(), "GET /recordings"],
  ["getRecording", (api) => api.getRecording("run"), "GET /recordings/run"],
  ["startRecording", (api) => api.startRecording("run", { devices: ["daq1"], until: "10min" }), "POST /recordings", {
    name: "run",
    devices: ["daq1"],
    until: "10min",
  }],
  ["stopRecording", (api) => api.stopRecording("run"), "POST /recordings/run/stop", {}],
  ["addRecordingNote", (api) => api.addRecordingNote("run", "hot"), "POST /recordings/run/notes", { text: "hot" }],
  ["deleteRecording", (api) => api.deleteRecording("run"), "DELETE /recordings/run"],
  ["listLeases", (api) => api.listLeases(), "GET /leases"],
  ["acquireLease", (api) => api.acquireLease(["psu1"], { purpose: "IV", wait: 5 }), "POST /leases", {
    devices: ["psu1"],
    purpose: "IV",
    wait: 5,
  }],
  ["renewLease", (api) => api.renewLease("l7", "lab_x", 5), "PUT /leases/l7", { ttl: 5 }],
  ["breakLease", (api) => api.breakLease("l7", "smoke"), "POST /leases/l7/break", { reason: "smoke" }],
  ["removeDevice", (api) => api.removeDevice("daq1"), "DELETE /devices/daq1"],
  ["keepDevice", (api) => api.keepDevice("daq1"), "POST /devices/daq1/keep", {}],
  ["connectDevice", (api) => api.connectDevice("daq1"), "POST /devices/daq1/connect", {}],
  ["disconnectDevice", (api) => api.disconnectDevice("daq1"), "POST /devices/daq1/disconnect", {}],
  ["disableDevice", (api) => api.disableDevice("daq1"), "POST /devices/daq1/disable", {}],
  ["enableDevice", (api) => api.enableDevice("daq1"), "POST /devices/daq1/enable", {}],
  ["getDeviceMethods", (api) => api.getDeviceMethods("daq1"), "GET /devices/daq1/methods"],
  [
    "callDeviceMethod",
    (api) => api.callDeviceMethod("daq1", "set", { args: [0], kwargs: { b: null } }),
    "POST /devices/daq1/call",
    {
      method: "set",
      args: [0],
      kwargs: { b: null },
    },
  ],
  ["startStream", (api) => api.startStream("daq1", { sample_rate: 100 }), "POST /devices/daq1/stream/start", {
    sample_rate: 100,
  }],
  [
    "startStream",
    (api) => api.startStream("daq1", { options: { sample_rate: 100, options: 1 } }),
    "POST /devices/daq1/stream/start",
    { sample_rate: 100, options: 1 },
  ],
  [
    "getDeviceProperties",
    (api) => api.getDeviceProperties("daq1"),
    "GET /devices/daq1/properties",
  ],
  ["getDeviceProperty", (api) => api.getDeviceProperty("daq1", "high"), "GET /devices/daq1/properties/high"],
  [
    "setDeviceProperty",
    (api) => api.setDeviceProperty("daq1", "high", 5),
    "PUT /devices/daq1/properties/high",
    { value: 5 },
  ],
  ["snapshot", (api) => api.snapshot(), "GET /snapshot"],
  [
    "restore",
    (api) => api.restore({ devices: [] }, { dryRun: true }),
    "POST /restore",
    { devices: [], dry_run: true },
  ],
  [
    "restoreRecording",
    (api) => api.restoreRecording("run42", new Date(0), { dryRun: true, devices: ["daq1"] }),
    "POST /restore",
    { recording: "run42", time: "1970-01-01T00:00:00.000Z", devices: ["daq1"], dry_run: true },
  ],
  ["stopStream", (api) => api.stopStream("daq1"), "POST /devices/daq1/stream/stop", {}],
  ["getDeviceError", (api) => api.getDeviceError("daq1"), "GET /devices/daq1/error"],
  ["clearDeviceError", (api) => api.clearDeviceError("daq1"), "DELETE /devices/daq1/error"],
];

for (const [name, run, call, body] of CALLS) {
  Deno.test(`ServerAPI.${name}() sends "${call}" ${JSON.stringify(body ?? "")}`, async () => {
    const answer = {
      name: "LabDaemon",
      status: "healthy",
      device_id: "daq1",
      result: 1,
      devices: [],
      drivers: [],
      methods: [],
      properties: [],
      leases: [],
      lease_id: "l7",
      token: "lab_x",
      results: [],
      recordings: [],
      alarms: [],
      layouts: [],
      layout: {},
      state: "acknowledged",
      recording_id: "run",
      value: 5,
      changes: [],
    };
    const { api, asked } = answering(200, answer);

    await run(api);

    assert.deepEqual(asked, [{ call, body, contentType: body === undefined ? null : "application/json" }]);
  });
}

Deno.test("ServerAPI.recordingData() gives the file while it comes, and a refusal as an error", async () => {
  const { api, asked } = answering(200, { event: "recording" });
  const from = "2026-11-26T08:00:00Z";
  const data = await api.recordingData("run", { format: "jsonl", devices: ["daq1", "daq2"], from });
  assert.equal(await new Response(data).text(), '{"event":"recording"}');
  assert.equal(
    asked[0].call,
    "GET /recordings/run/data?format=jsonl&from=2026-11-26T08%3A00%3A00Z&devices=daq1%2Cdaq2",
  );
  const refused = answering(404, { error: { type: "RecordingNotFound", message: "no", origin: "framework" } });
  await assert.rejects(refused.api.recordingData("nix"), { type: "RecordingNotFound", status: 404 });
});

Deno.test("ServerAPI.getHistory() asks for a span of a device's past", async () => {
  const { api, asked } = answering(200, { channels: [] });
  await api.getHistory("daq1", { from: "2026-11-26T08:00:00Z", points: 500, channels: ["a.b", "c"] });
  await api.getHistory("daq1");
  assert.deepEqual(asked.map(({ call }) => call), [
    "GET /devices/daq1/history?from=2026-11-26T08%3A00%3A00Z&points=500&channels=a.b%2Cc",
    "GET /devices/daq1/history",
  ]);
});

Deno.test("ServerAPI gives the lists and results themselves, falsy ones too", async () => {
  assert.deepEqual(await answering(200, { devices: [] }).api.listDevices(), []);
  assert.deepEqual(await answering(200, { drivers: [{ name: "X" }] }).api.listDrivers(), [{ name: "X" }]);
  assert.deepEqual(await answering(200, { methods: [] }).api.getDeviceMethods("a"), []);
  assert.equal(await answering(200, { result: 0, success: true }).api.callDeviceMethod("a", "zero"), 0);
  assert.equal(await answering(200, { result: null, success: true }).api.callDeviceMethod("a", "nothing"), null);
});

Deno.test("ServerAPI.restore() asks for each device, with the limit of its properties, and reports each", async () => {
  const asked: string[] = [];
  const api = new ServerAPI("http://daemon", {
    timeoutMs: 20,
    fetch: async (_, init) => {
      const [{ device_id }] = JSON.parse(String(init?.body)).devices;
      asked.push(device_id);
      if (device_id === "slow") await new Promise((resolve) => init?.signal?.addEventListener("abort", resolve));
      return Response.json({ changes: [{ device_id, name: "a", from: 1, to: 2 }], skipped: [] });
    },
  });
  const reported: unknown[] = [];
  const onDevice = ({ changes }: RestoreAnswer) => void reported.push(changes[0].device_id);
  const devices = ["one", "two", "slow"].map((device_id) => ({ device_id, properties: { a: 1, b: 2, c: 3 } }));
  await assert.rejects(api.restore({ devices }, { onDevice }), /no answer within 60 ms/);
  assert.deepEqual([asked, reported], [["one", "two", "slow"], ["one", "two"]]);
  const { changes } = await api.restore({ devices: devices.slice(0, 2) });
  assert.deepEqual(changes.map(({ device_id }) => device_id), ["one", "two"]);
});

Deno.test("ServerAPI.removeDevice() resolves on an answer without content", async () => {
  assert.equal(await answering(204).api.removeDevice("daq1"), undefined);
});

Deno.test("ServerAPI encodes ids, and keeps the path of its base with or without a slash at its end", async () => {
  const { asked, api } = answering(200, { device_id: "x" });
  const urls: string[] = [];
  const proxied = new ServerAPI("https://lab.example/bench/", {
    fetch: (url) => (urls.push(url), Promise.resolve(Response.json({ status: "healthy" }))),
  });

  await api.getDevice("a/b c?#ü");
  await proxied.health();

  assert.equal(asked[0].call, "GET /devices/a%2Fb%20c%3F%23%C3%BC");
  assert.deepEqual(urls, ["https://lab.example/bench/health"]);
});

for (const id of ["", ".", ".."]) {
  Deno.test(`ServerAPI refuses the id "${id}", which would address another resource`, async () => {
    const { asked, api } = answering(200, {});

    await assert.rejects(api.removeDevice(id), TypeError);

    assert.deepEqual(asked, []);
  });
}

for (const address of ["localhost:5000", "bench", "", "ftp://bench"]) {
  Deno.test(`ServerAPI refuses the address "${address}" and names the expected form`, () => {
    assert.throws(() => new ServerAPI(address), (error: Error) => {
      assert.equal(
        error.message,
        `Cannot use "${address}" as the daemon's address: expected a URL such as "http://127.0.0.1:5000"`,
      );
      return true;
    });
  });
}

Deno.test("an error of the daemon arrives as a ServerAPIError with all its fields", async () => {
  const error = {
    type: "DeviceNotFound",
    message: 'Cannot find device "daq9": known devices are daq1, host1',
    origin: "framework",
    timestamp: "2026-11-22T06:25:52.123456Z",
    context: { device_id: "daq9" },
  };

  await assert.rejects(answering(404, { error }).api.getDevice("daq9"), (thrown) => {
    assert.ok(thrown instanceof ServerAPIError && thrown instanceof Error);
    const { status, type, message, origin, timestamp, context, name } = thrown;
    assert.deepEqual({ type, message, origin, timestamp, context }, error);
    assert.deepEqual({ status, name }, { status: 404, name: "ServerAPIError" });
    return true;
  });
});

Deno.test("an error of a proxy has the status and the beginning of its answer", async () => {
  const fetch = () => Promise.resolve(new Response("<h1>nginx</h1>", { status: 502, statusText: "Bad Gateway" }));

  await assert.rejects(new ServerAPI(BASE, { fetch }).health(), (thrown) => {
    assert.ok(thrown instanceof ServerAPIError);
    assert.deepEqual([thrown.status, thrown.type, thrown.origin], [502, "UnexpectedAnswer", "client"]);
    assert.match(thrown.message, /GET http:\/\/bench:5000\/health: .* 502 Bad Gateway "<h1>nginx<\/h1>"/);
    return true;
  });
});

Deno.test("an answer that is not JSON is an error and not an empty result", async () => {
  const fetch = () => Promise.resolve(new Response("<html>", { status: 200 }));

  await assert.rejects(
    new ServerAPI(BASE, { fetch }).health(),
    /: the answer is not a LabDaemon's, found status 200 "<html>"$/,
  );
});

Deno.test("another server on the daemon's port is named as not a LabDaemon, whatever JSON it answers", async () => {
  const headers = { server: "AirTunes/870.14.1" };
  for (const [body, text] of [["[]", '"[]"'], ['{"ok":true}', '"{\\"ok\\":true}"'], ["", '""']]) {
    const api = new ServerAPI(BASE, { fetch: () => Promise.resolve(new Response(body, { headers })) });
    for (const ask of [() => api.info(), () => api.listDevices(), () => api.callDeviceMethod("daq1", "set")]) {
      await assert.rejects(ask(), (thrown) => {
        assert.ok(thrown instanceof ServerAPIError);
        assert.equal(thrown.type, "UnexpectedAnswer");
        assert.ok(
          thrown.message.endsWith(
            `: the answer is not a LabDaemon's, found server AirTunes/870.14.1, status 200 ${text}`,
          ),
          thrown.message,
        );
        return true;
      });
    }
  }
});

Deno.test("arguments that JSON cannot hold are the caller's TypeError and never sent", async () => {
  const { asked, api } = answering(200, {});

  await assert.rejects(api.callDeviceMethod("daq1", "set", { args: [1n] }), TypeError);

  assert.deepEqual(asked, []);
});

Deno.test("ServerAPI.getDeviceError() gives the report, wrapped on the wire or not", async () => {
  const report = { type: "DeviceError", message: "no cable", origin: "device", timestamp: "t", context: {} };

  assert.deepEqual(await answering(200, report).api.getDeviceError("daq1"), report);
  assert.deepEqual(await answering(200, { error: report }).api.getDeviceError("daq1"), report);
});

Deno.test("ServerAPI.getDeviceError() is null when there is none, and throws when there is no such device", async () => {
  const none = answering(404, { error: { type: "NoError", message: "404: no error" } }).api;
  const unknown = answering(404, { error: { type: "DeviceNotFound", message: "Cannot find device" } }).api;

  assert.equal(await none.getDeviceError("daq1"), null);
  await none.clearDeviceError("daq1");
  await assert.rejects(unknown.getDeviceError("daq1"), { type: "DeviceNotFound" });
  await assert.rejects(unknown.clearDeviceError("daq1"), { type: "DeviceNotFound" });
});

Deno.test("a connection failure gives the reason that Node's fetch hides in its cause", async () => {
  const fetch = () => Promise.reject(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }));

  await assert.rejects(new ServerAPI(BASE, { fetch }).health(), {
    name: "ServerConnectionError",
    message: "Cannot GET http://bench:5000/health: fetch failed (connect ECONNREFUSED)",
  });
});

Deno.test("the daemon's own limits pass before the default limit of a request", async () => {
  const clock = install();
  try {
    const daemon = new ScriptedDaemon();
    const answer = new ServerAPI(BASE, { fetch: daemon.fetch }).callDeviceMethod("daq1", "slow");
    const error = { type: "DeviceTimeout", message: "slow() took longer than 30 s" };
    const refused = assert.rejects(answer, { type: "DeviceTimeout", message: error.message });
    const request = await daemon.next();

    await clock.tickAsync(45_000);
    assert.equal(request.signal.aborted, false);
    request.json(504, { error });

    await refused;
  } finally {
    clock.uninstall();
  }
});

Deno.test("a request that stays without an answer ends at its time limit and is cancelled", async () => {
  const clock = install();
  try {
    const daemon = new ScriptedDaemon();
    const answer = new ServerAPI(BASE, { fetch: daemon.fetch, timeoutMs: 500 }).health();
    const refused = assert.rejects(answer, (thrown) => {
      assert.ok(thrown instanceof ServerConnectionError);
      assert.deepEqual([thrown.type, thrown.message], [
        "RequestTimeout",
        "Cannot GET http://bench:5000/health: no answer within 500 ms",
      ]);
      return true;
    });
    const request = await daemon.next();

    await clock.tickAsync(499);
    assert.equal(request.signal.aborted, false);
    await clock.tickAsync(1);

    await refused;
    assert.equal(request.signal.aborted, true);
  } finally {
    clock.uninstall();
  }
});

for (const value of [NaN, Infinity, -Infinity, 9007199254740993n]) {
  Deno.test(`${value} as an argument is refused: it would not arrive as that value`, async () => {
    const daemon = new ScriptedDaemon();
    const call = new ServerAPI(BASE, { fetch: daemon.fetch }).callDeviceMethod("daq1", "set", {
      kwargs: { volts: value },
    });
    await assert.rejects(call, TypeError);
  });
}
