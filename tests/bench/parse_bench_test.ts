import assert from "node:assert/strict";
import { join } from "node:path";
import { loadBench, parseBench } from "../../lib/bench/load_bench.ts";
import { DEFAULT_LIMITS, DEFAULT_RESTART } from "../../lib/device/supervisor/settings.ts";
import { LabError } from "../../lib/errors.ts";
import { bytesOfLatin1 } from "../../lib/format/encodings.ts";
import { DEFAULT_RING } from "../../lib/stream/ring.ts";
import { collectLog } from "../support/log.ts";

const here = import.meta.dirname ?? "";

Deno.test("parseBench() reads every key", () => {
  const bench = parseBench(
    `
host: "::1"
port: 0
drivers: ../drivers
tasks: ../my_tasks
data: ../data
auth: tokens
allowed_origins: ["http://LabPC:3000", "https://lab.example:443/"]
allowed_hosts: [LabPC, "labpc:5000"]
base_path: /lab/
trusted_proxies: [127.0.0.1, "10.0.0.0/8"]
grants:
  Laser: { run: [sh, tools/laser], read: [data, /etc/laser.conf], net: ["10.0.0.7:5025"], sys: true }
recording: { min_free: 1000 }
notify: { webhook: { url: "https://chat.example/lab", secret: key }, command: [/usr/bin/page, lab] }
security: strict
python:
  keithley.py: { interpreter: envs/keithley, sandbox: off }
  "*": { interpreter: python3.12 }
max_body: 8388608
max_devices: 20
safe_on_shutdown: false
devices:
  - id: daq-1.a
    driver: StreamingDAQ
    params: { high: 10, serial: null }
    connect: false
    streaming: always
    options: { sample_rate: 10 }
    restart: { max_restarts: 0, window: 1h, initial_delay: 1s, max_delay: 2min }
    limits: { connect: 1s, call: 2s, stop: 300ms, heartbeat_timeout: 4s, sample_timeout: 5s }
    memory: 1000000000
    enabled: false
    ring: { max_bytes: 1000000, max_age: 1min }
    arrays: base64
    record: always
    retention: { max_age: 2000h, max_bytes: 5000000 }
    transcript: true
    safe_on_shutdown: true
    lease: required
    alarms:
      - { channel: volts, above: 5, below: 1, for: 5s, hysteresis: 0.5, clears_after: 1min, silent: off, then: [notify, safe] }
      - { name: quiet, silent: 10s }
    permissions:
      add: { env: true, serial: [/tmp/port] }
      only: { net: ["192.168.1.20:5025"] }
`,
    "/lab/main/bench.yaml",
  );

  assert.deepEqual(bench, {
    host: "::1",
    port: 0,
    drivers: "/lab/drivers",
    tasks: "/lab/my_tasks",
    data: "/lab/data",
    auth: "tokens",
    allowedOrigins: ["http://labpc:3000", "https://lab.example"],
    allowedHosts: ["labpc", "labpc:5000"],
    basePath: "/lab",
    trustedProxies: ["127.0.0.1", "10.0.0.0/8"],
    buses: {},
    grants: {
      Laser: {
        run: ["sh", "/lab/main/tools/laser"],
        read: ["/lab/main/data", "/etc/laser.conf"],
        net: ["10.0.0.7:5025"],
        sys: true,
      },
    },
    minFreeBytes: 1_000,
    notify: { webhook: { url: "https://chat.example/lab", secret: "key" }, command: ["/usr/bin/page", "lab"] },
    python: {
      strict: true,
      drivers: {
        "keithley.py": { interpreter: "/lab/main/envs/keithley", sandbox: false },
        "*": { interpreter: "python3.12", sandbox: true },
      },
    },
    maxBody: 8_388_608,
    maxDevices: 20,
    devices: [{
      id: "daq-1.a",
      driver: "StreamingDAQ",
      params: { high: 10, serial: null },
      connect: false,
      streaming: "always",
      options: { sample_rate: 10 },
      restart: { maxRestarts: 0, windowMs: 3_600_000, initialDelayMs: 1_000, maxDelayMs: 120_000 },
      limits: { connectMs: 1_000, callMs: 2_000, stopMs: 300, heartbeatTimeoutMs: 4_000, sampleTimeoutMs: 5_000 },
      memoryBytes: 1_000_000_000,
      enabled: false,
      ring: { maxBytes: 1_000_000, maxAgeMs: 60_000 },
      arrays: "base64",
      record: "always",
      retention: { maxAgeMs: 7_200_000_000, maxBytes: 5_000_000 },
      transcript: true,
      safeOnShutdown: true,
      lease: "required",
      alarms: [
        {
          ...{ name: "volts", channel: "volts", above: 5, below: 1, forMs: 5_000, hysteresis: 0.5 },
          ...{ clearsAfterMs: 60_000, silentMs: null, actions: ["notify", "safe"] },
        },
        {
          ...{ name: "quiet", channel: "value", above: undefined, below: undefined, forMs: 0, hysteresis: 0 },
          ...{ clearsAfterMs: 30_000, silentMs: 10_000, actions: [] },
        },
      ],
      permissions: { add: { env: true, serial: ["/tmp/port"] }, only: { net: ["192.168.1.20:5025"] } },
    }],
  });
});

const plainDevice = {
  id: "daq1",
  driver: "StreamingDAQ",
  params: {},
  connect: true,
  streaming: "on-demand",
  options: {},
  restart: { ...DEFAULT_RESTART },
  limits: { ...DEFAULT_LIMITS },
  memoryBytes: 512 * 1024 * 1024,
  enabled: true,
  ring: { ...DEFAULT_RING },
  arrays: null,
  record: null,
  lease: null,
  retention: { maxAgeMs: Infinity, maxBytes: Infinity },
  transcript: false,
  safeOnShutdown: false,
  alarms: [],
  permissions: {},
};

Deno.test("the paths in a device's permissions are relative to the bench file, as all others", () => {
  const { devices: [{ permissions }] } = parseBench(
    "devices: [{ id: a, driver: A, permissions: { add: { read: [captures] }, only: { run: [tools/x, sh] } } }]",
    "/lab/bench.yaml",
  );
  assert.deepEqual(permissions, { add: { read: ["/lab/captures"] }, only: { run: ["/lab/tools/x", "sh"] } });
});

Deno.test("parseBench() gives a device with only id and driver the defaults", () => {
  const bench = parseBench("devices: [{ id: daq1, driver: StreamingDAQ }]", "/lab/bench.yaml");

  assert.deepEqual(bench.devices, [plainDevice]);
});

Deno.test("safe_on_shutdown of the bench file holds for each device that has none of its own", () => {
  const devices = "devices: [{ id: a, driver: D }, { id: b, driver: D, safe_on_shutdown: false }]";
  const bench = parseBench(`safe_on_shutdown: true\n${devices}`, "/lab/bench.yaml");

  assert.deepEqual(bench.devices.map(({ safeOnShutdown }) => safeOnShutdown), [true, false]);
});

Deno.test("parseBench() reads a key without a value as a missing key", () => {
  const text =
    "port:\ndevices:\n  - id: daq1\n    driver: StreamingDAQ\n    params:\n    limits:\n    restart:\n      window:\n";

  const bench = parseBench(text, "/lab/bench.yaml");

  assert.equal(bench.port, 5000);
  assert.deepEqual(bench.devices, [plainDevice]);
});

Deno.test("parseBench() gives each device its own copy of the defaults", () => {
  const { devices: [first, second] } = parseBench(
    "devices: [{ id: a, driver: A }, { id: b, driver: B }]",
    "/lab/bench.yaml",
  );

  first.params.high = 5;
  first.restart.maxRestarts = 0;

  assert.deepEqual([second.params, second.restart], [{}, { ...DEFAULT_RESTART }]);
});

for (const text of ["", "# nothing yet\n", "---\n", "devices:\n", "{}"]) {
  Deno.test(`parseBench() of ${JSON.stringify(text)} is a bench without devices`, () => {
    assert.deepEqual(parseBench(text, "/lab/bench.yaml"), {
      host: "127.0.0.1",
      port: 5000,
      drivers: "/lab/drivers",
      tasks: "/lab/tasks",
      data: "/lab/data",
      auth: null,
      allowedOrigins: [],
      allowedHosts: [],
      basePath: "",
      trustedProxies: [],
      buses: {},
      grants: {},
      minFreeBytes: 268_435_456,
      python: { strict: false, drivers: {} },
      maxBody: 1_048_576,
      maxDevices: 500,
      devices: [],
    });
  });
}

Deno.test("loadBench() reads the bench file that ships with the daemon", async () => {
  const bench = await loadBench(join(here, "..", "..", "bench.yaml"));

  assert.equal(bench.drivers, join(here, "..", "..", "drivers"));
  assert.deepEqual(bench.devices.map(({ id, driver }) => [id, driver]), [["daq1", "StreamingDAQ"], [
    "host1",
    "HostMetrics",
  ]]);
  assert.deepEqual([bench.devices[1].restart, bench.devices[1].limits], [{ ...DEFAULT_RESTART }, {
    ...DEFAULT_LIMITS,
  }]);
});

Deno.test("loadBench() without a file explains what to do", async () => {
  const path = join(here, "no_such_bench.yaml");

  await assert.rejects(loadBench(path), {
    code: "InvalidRequest",
    message: `Cannot read the bench file ${path}: there is no such file. ` +
      "Write one (an empty file is a bench without devices), or name another with --config",
  });
});

Deno.test("loadBench() of a folder names the path that it could not read", async () => {
  await assert.rejects(loadBench(here), (error) => {
    assert.ok(error instanceof LabError && error.message.startsWith(`Cannot read the bench file ${here}: `));
    return true;
  });
});

Deno.test("old key names are accepted, and a warning names each new one", () => {
  using log = collectLog();
  const text =
    `devices:\n  - id: daq1\n    driver: StreamingDAQ\n    restart: { first_delay: 1s, longest_delay: 2s }\n    limits: { hang: 3s, stall: 4s }\n`;

  const [{ restart, limits }] = parseBench(text, "bench.yaml").devices;

  assert.deepEqual([restart.initialDelayMs, restart.maxDelayMs], [1_000, 2_000]);
  assert.deepEqual([limits.heartbeatTimeoutMs, limits.sampleTimeoutMs], [3_000, 4_000]);
  assert.deepEqual(log.records.map(({ level }) => level), Array(4).fill("warning"));
  assert.deepEqual(log.messages, [
    "bench.yaml:4:16: key devices[0].restart.first_delay is now named initial_delay",
    "bench.yaml:4:33: key devices[0].restart.longest_delay is now named max_delay",
    "bench.yaml:5:15: key devices[0].limits.hang is now named heartbeat_timeout",
    "bench.yaml:5:25: key devices[0].limits.stall is now named sample_timeout",
  ]);
});

Deno.test("devices that share a section with an old key get one warning", () => {
  using log = collectLog();
  const text =
    `devices:\n  - id: daq1\n    driver: StreamingDAQ\n    limits: &slow { stall: 4s }\n  - { id: daq2, driver: A, limits: *slow }\n`;

  const { devices } = parseBench(text, "bench.yaml");

  assert.deepEqual(devices.map(({ limits }) => limits.sampleTimeoutMs), [4_000, 4_000]);
  assert.equal(log.messages.length, 1);
});

Deno.test("a bench file with a Latin-1 comment is refused, with its line and the remedy", () => {
  const refused = (bytes: Uint8Array) =>
    assert.throws(() => parseBench(bytes, "bench.yaml"), {
      code: "InvalidRequest",
      message:
        /^Cannot use the bench file bench\.yaml:\nbench\.yaml:2:\d+: expected UTF-8, .*: save the file as UTF-8$/,
    });
  refused(bytesOfLatin1("port: 0\n# Me\xdfger\xe4t"));
  // A character that the end of the file cuts.
  refused(new TextEncoder().encode("port: 0\n# µ").slice(0, -1));
  assert.equal(parseBench(new TextEncoder().encode("\ufeffport: 0 # Meßgerät, µ, 😀, \ufffd\n"), "bench.yaml").port, 0);
});
