import assert from "node:assert/strict";
import { join } from "node:path";
import { type Bench, loadBench, parseBench } from "../../lib/bench/load_bench.ts";
import { overrideBench } from "../../lib/bench/override_bench.ts";
import { DEFAULT_LIMITS, DEFAULT_RESTART } from "../../lib/device/supervisor/policy.ts";
import { LabError } from "../../lib/errors.ts";
import { DEFAULT_RING } from "../../lib/stream/ring.ts";
import { collectLog } from "../support/log.ts";

const here = import.meta.dirname ?? "";

function messageFor(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    assert.ok(error instanceof LabError);
    assert.equal(error.code, "InvalidRequest");
    return error.message;
  }
  assert.fail("nothing was thrown");
}

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

const KEYS =
  "host, port, drivers, tasks, data, auth, allowed_origins, allowed_hosts, base_path, trusted_proxies, buses, " +
  "grants, security, python, tls, recording, notify, oidc, hub, max_body, max_devices, safe_on_shutdown, devices";
const DEVICE_KEYS =
  "id, driver, bus, process, params, enabled, connect, streaming, options, restart, limits, memory, ring, " +
  "arrays, record, retention, transcript, safe_on_shutdown, lease, alarms, permissions";
const DURATION = 'a duration with its unit (ms, s, min or h), such as "500ms", "10s", "2min" or "1h"';
const ID = 'a text of 1 to 64 letters, digits, "_", "-" or ".", not beginning with "."';
const GRANT = "true or a list of texts, none empty and none with a comma or a control character";

/** The first lines of a device; what follows begins on line 4. */
const DAQ = "devices:\n  - id: daq1\n    driver: StreamingDAQ\n";

/** The file's text, and every line of the message after its first. */
const badFiles: [string, ...string[]][] = [
  // Not YAML, or not quite.
  ["devices:\n\t- id: daq1\n", "2:1: Tabs are not allowed as indentation"],
  ["port: 5000\nhost: localhost\nport: 5001\n", "3:1: key port: expected each key once, found it again"],
  [
    "port: 5000\n host: a\n",
    "1:7: Implicit keys need to be on a single line",
    "1:7: Nested mappings are not allowed in compact mappings",
  ],
  ["devices: [\nport: 1\n", "2:1: Flow sequence in block collection must be sufficiently indented and end with a ]"],
  ["port: 1\n---\nport: 2\n", '2:1: expected one document, found another after "---"'],
  ["port: !env PORT\n", "1:7: Unresolved tag: !env"],
  ["host: *lab\n", "1:7: expected an anchor &lab before this, found none"],
  ["? [a]\n: 1\n", "1:3: With stringKeys, all keys must be strings"],
  // The wrong shape.
  ["- id: daq1\n", `1:1: expected a mapping with keys out of ${KEYS}, found the list [{"id":"daq1"}]`],
  ["bench", `1:1: expected a mapping with keys out of ${KEYS}, found "bench"`],
  ["devices: daq1\n", '1:10: key devices: expected a list of devices, found "daq1"'],
  ["devices:\n  -\n", `2:4: key devices[0]: expected a mapping with keys out of ${DEVICE_KEYS}, found nothing`],
  ["devices:\n  - daq1\n", `2:5: key devices[0]: expected a mapping with keys out of ${DEVICE_KEYS}, found "daq1"`],
  // Unknown and missing keys.
  ["hsot: a\n", `1:1: key hsot: expected one of ${KEYS}, found an unknown key: did you mean host?`],
  [
    "allowedOrigins:\n  - a\n",
    `1:1: key allowedOrigins: expected one of ${KEYS}, found an unknown key: did you mean allowed_origins?`,
  ],
  ["colour: red\n", `1:1: key colour: expected one of ${KEYS}, found an unknown key`],
  [
    `${DAQ}    limits:\n      conect: 1s\n`,
    "5:7: key devices[0].limits.conect: expected one of connect, call, stop, heartbeat_timeout, sample_timeout, found an unknown key: did you mean connect?",
  ],
  [
    "devices:\n  - id: daq1\n",
    "2:5: key devices[0].driver: expected the name of a driver (a device type), found nothing",
  ],
  ["devices:\n  - driver: A\n    id:\n", `3:5: key devices[0].id: expected ${ID}, found nothing`],
  // Single values.
  [
    "host: 127.0.0.1:5000\n",
    '1:7: key host: expected a host name or address without a port, such as "127.0.0.1", found "127.0.0.1:5000"',
  ],
  ["port: 65536\n", "1:7: key port: expected a whole number from 0 to 65535, found the number 65536"],
  ["port: -1\n", "1:7: key port: expected a whole number from 0 to 65535, found the number -1"],
  ["port: 1.5\n", "1:7: key port: expected a whole number from 0 to 65535, found the number 1.5"],
  ["port: .nan\n", "1:7: key port: expected a whole number from 0 to 65535, found the number NaN"],
  ["port: .inf\n", "1:7: key port: expected a whole number from 0 to 65535, found the number Infinity"],
  ['port: "5000"\n', '1:7: key port: expected a whole number from 0 to 65535, found "5000"'],
  ["drivers: ' '\n", '1:10: key drivers: expected the path of a folder, found " "'],
  [
    "allowed_origins:\n  - http://labpc:3000/page\n",
    '2:5: key allowed_origins[0]: expected an origin (scheme, host, port and nothing more), such as "http://labpc:3000", found "http://labpc:3000/page"',
  ],
  [
    "allowed_origins: ['*']\n",
    '1:19: key allowed_origins[0]: expected an origin (scheme, host, port and nothing more), such as "http://labpc:3000", found "*"',
  ],
  ["allowed_origins: http://a\n", '1:18: key allowed_origins: expected a list of origins, found "http://a"'],
  [
    "allowed_hosts: [http://a]\n",
    '1:17: key allowed_hosts[0]: expected a host name, with or without a port, such as "labpc" or "labpc:5000", found "http://a"',
  ],
  [
    `${DAQ}    alarms: [{ channel: volts }, { above: 1, below: 2 }, { above: 2, below: 1, hysteresis: 0.6 }]\n`,
    "4:14: key devices[0].alarms[0]: expected a mapping with above, below or silent, found a mapping",
    "4:53: key devices[0].alarms[1].below: expected at most above, which is 1: a value between them is in order, found the number 2",
    "4:92: key devices[0].alarms[2].hysteresis: expected at most half of the distance from below to above, found the number 0.6",
  ],
  [
    `${DAQ}    alarms: [{ above: 1 }, { above: 2 }]\n`,
    '4:28: key devices[0].alarms[1]: expected a name of its own: there is another alarm "value", found a mapping',
  ],
  [
    `${DAQ}    alarms: [{ above: 1, then: [notify] }]\n`,
    '4:13: key devices[0].alarms: expected no alarm with notify while the file has no webhook and no command under notify, found the list [{"above":1,"then":["notify"]}]',
  ],
  ["max_body: 1MB\n", '1:11: key max_body: expected a whole number, 0 or more, found "1MB"'],
  ["max_body: 10\n", "1:11: key max_body: expected a number of bytes from 1024 to 67108864, found the number 10"],
  [
    "max_devices: 1\ndevices: [{ id: a, driver: A }, { id: b, driver: B }]\n",
    '2:10: key devices: expected at most 1 devices, which is max_devices, found the list [{"id":"a","driver":"A"},{"id":"b","driver":"B"}]',
  ],
  ["devices: [{ id: .hidden, driver: A }]\n", `1:17: key devices[0].id: expected ${ID}, found ".hidden"`],
  ["devices: [{ id: a/b, driver: A }]\n", `1:17: key devices[0].id: expected ${ID}, found "a/b"`],
  ["devices: [{ id: 12, driver: A }]\n", `1:17: key devices[0].id: expected ${ID}, found the number 12`],
  [`${DAQ}    connect: yes\n`, '4:14: key devices[0].connect: expected true or false, found "yes"'],
  [
    `${DAQ}    streaming: sometimes\n`,
    '4:16: key devices[0].streaming: expected one of on-demand, always, manual, found "sometimes"',
  ],
  [`${DAQ}    params: [10]\n`, "4:13: key devices[0].params: expected a mapping, found the list [10]"],
  [
    `${DAQ}    params:\n      range: [0, .inf]\n`,
    "5:18: key devices[0].params.range[1]: expected a finite number, since no other reaches a driver, found the number Infinity",
  ],
  [
    `${DAQ}    limits: { call: 10 parsecs }\n`,
    `4:21: key devices[0].limits.call: expected ${DURATION}, found "10 parsecs"`,
  ],
  [`${DAQ}    limits: { call: 10 }\n`, `4:21: key devices[0].limits.call: expected ${DURATION}, found the number 10`],
  [`${DAQ}    limits: { call: 5m }\n`, `4:21: key devices[0].limits.call: expected ${DURATION}, found "5m"`],
  [
    `${DAQ}    limits: { call: 0s }\n`,
    '4:21: key devices[0].limits.call: expected a duration longer than zero and no longer than 596h, found "0s"',
  ],
  [
    `${DAQ}    limits: { call: 597h }\n`,
    '4:21: key devices[0].limits.call: expected a duration longer than zero and no longer than 596h, found "597h"',
  ],
  [
    `${DAQ}    restart: { max_restarts: -1 }\n`,
    "4:30: key devices[0].restart.max_restarts: expected a whole number, 0 or more, found the number -1",
  ],
  [
    `${DAQ}    restart: { initial_delay: 1min }\n`,
    '4:31: key devices[0].restart.initial_delay: expected at most max_delay, which is 30s, found "1min"',
  ],
  [
    `${DAQ}    restart: { max_delay: 100ms }\n`,
    '4:27: key devices[0].restart.max_delay: expected at least initial_delay, which is 500ms, found "100ms"',
  ],
  [
    `${DAQ}    restart: { first_delay: 1s, initial_delay: 2s }\n`,
    "4:16: key devices[0].restart.first_delay: expected only its new name, initial_delay, found both",
  ],
  [
    `${DAQ}    restart: { first_delay: soon }\n`,
    `4:29: key devices[0].restart.initial_delay: expected ${DURATION}, found "soon"`,
  ],
  [
    `${DAQ}    permissions: { add: { network: [a] } }\n`,
    "4:27: key devices[0].permissions.add.network: expected one of net, read, write, env, run, sys, ffi, serial, found an unknown key",
  ],
  [
    `${DAQ}    permissions: { only: { net: a } }\n`,
    `4:33: key devices[0].permissions.only.net: expected ${GRANT}, found "a"`,
  ],
  [
    `${DAQ}    permissions: { only: { net: ["a,b"] } }\n`,
    `4:33: key devices[0].permissions.only.net: expected ${GRANT}, found the list ["a,b"]`,
  ],
  [
    `${DAQ}    permissions:\n      only:\n        net:\n`,
    `6:9: key devices[0].permissions.only.net: expected ${GRANT}, found nothing`,
  ],
  // Several devices, and several mistakes at once.
  [
    `${DAQ}  - id: daq1\n    driver: B\n`,
    '4:9: key devices[1].id: expected an id other than that of line 2, found "daq1"',
  ],
  [
    `port: 0x10000\nprot: 1\nport: 99999\n${DAQ}    streaming: no\n  - id: daq1\n`,
    `2:1: key prot: expected one of ${KEYS}, found an unknown key: did you mean port?`,
    "3:1: key port: expected each key once, found it again",
    "3:7: key port: expected a whole number from 0 to 65535, found the number 99999",
    '7:16: key devices[0].streaming: expected one of on-demand, always, manual, found "no"',
    "8:5: key devices[1].driver: expected the name of a driver (a device type), found nothing",
    '8:9: key devices[1].id: expected an id other than that of line 5, found "daq1"',
  ],
  [
    "devices:\n  - &daq { id: a, driver: A, connect: 1 }\n  - *daq\n",
    "2:39: key devices[0].connect: expected true or false, found the number 1",
    "3:5: key devices[1].connect: expected true or false, found the number 1",
    '3:5: key devices[1].id: expected an id other than that of line 2, found "a"',
  ],
  // Secrets.
  [
    `${DAQ}    params: { password: .inf, api_key: 12345678901234567890 }\n`,
    "4:40: expected a text: a number would be rounded",
  ],
  [
    `${DAQ}    params: { password: .inf }\n    memory: [{ token: hunter2 }]\n`,
    "4:25: key devices[0].params.password: expected a finite number, since no other reaches a driver, found a secret",
    '5:13: key devices[0].memory: expected a whole number, 0 or more, found the list [{"token":"********"}]',
  ],
  // Merge keys.
  [
    "x-slow: &slow\n  call: 5\ndevices:\n  - { id: a, driver: A, limits: { <<: *slow, hang: 0s } }\n",
    `4:39: key devices[0].limits.call: expected ${DURATION}, found the number 5 (merged from line 2)`,
    "4:52: key devices[0].limits.heartbeat_timeout: expected a duration longer than zero and no longer than 596h, " +
    'found "0s"',
  ],
  [
    "x-all: &all\n  driver: A\n  colour: red\ndevices:\n  - <<: [*all, { restart: { window: 1 } }]\n    id: a\n",
    `5:10: key devices[0].colour: expected one of ${DEVICE_KEYS}, found an unknown key (merged from line 3)`,
    `5:37: key devices[0].restart.window: expected ${DURATION}, found the number 1`,
  ],
  ["<<: 5\n", "1:5: key <<: expected a mapping, an alias of one, or a list of these"],
  ["<<:\n", "1:4: key <<: expected a mapping, an alias of one, or a list of these"],
  ["x-a: &a [1]\n<<: [*a]\n", "2:6: key <<: expected a mapping, an alias of one, or a list of these"],
  ["<<: *lab\n", "1:5: expected an anchor &lab before this, found none"],
  // Mappings that contain themselves.
  ["x-a: &a { b: *a }\n", "1:14: expected an anchor &a that ends before this, found one around it"],
  ["x-a: &a\n  <<: *a\n", "2:7: expected an anchor &a that ends before this, found one around it"],
  // Numbers that would be rounded.
  [
    `${DAQ}    params: { serial: 9007199254740993, gain: 1e400, offset: -1e-400, id: 0xFFFFFFFFFFFFFFFF }\n`,
    "4:23: expected a number that is kept exactly, found 9007199254740993, whose nearest is 9007199254740992",
    "4:47: expected a number that is kept exactly, found 1e400, beyond the largest, 1.7976931348623157e308",
    "4:62: expected a number that is kept exactly, found -1e-400, whose nearest is 0",
    "4:75: expected a number that is kept exactly, found 0xFFFFFFFFFFFFFFFF, whose nearest is 18446744073709551616",
  ],
];

for (const [text, ...lines] of badFiles) {
  Deno.test(`parseBench() refuses ${JSON.stringify(text)}`, () => {
    const message = messageFor(() => parseBench(text, "lab/bench.yaml"));

    assert.deepEqual(message.split("\n").slice(1).toSorted(), lines.map((line) => `lab/bench.yaml:${line}`).toSorted());
  });
}

Deno.test("parseBench() lists the faults in context.issues, in the order of the lines", () => {
  const attempt = () => parseBench("port: x\ndevices:\n  - id: daq1\n    driver: 7\n", "bench.yaml");

  assert.throws(attempt, {
    message: "Cannot use the bench file bench.yaml:\n" +
      'bench.yaml:1:7: key port: expected a whole number from 0 to 65535, found "x"\n' +
      "bench.yaml:4:13: key devices[0].driver: expected the name of a driver (a device type), found the number 7",
    context: {
      file: "bench.yaml",
      issues: [
        { path: "port", line: 1, column: 7, message: 'expected a whole number from 0 to 65535, found "x"' },
        {
          path: "devices[0].driver",
          line: 4,
          column: 13,
          message: "expected the name of a driver (a device type), found the number 7",
        },
      ],
    },
  });
});

Deno.test("parseBench() reads merge keys: own keys first, then the sources in their order", () => {
  const { devices } = parseBench(
    `x-slow: &slow { limits: { connect: 20s }, memory: 1000 }
x-raw: &raw { arrays: base64, memory: 2000 }
devices:
  - { <<: *slow, id: a, driver: A }
  - { id: b, driver: A, <<: [*raw, *slow], limits: { connect: 1s } }
`,
    "bench.yaml",
  );
  assert.deepEqual(devices.map(({ id, limits, memoryBytes, arrays }) => [id, limits.connectMs, memoryBytes, arrays]), [
    ["a", 20_000, 1000, null],
    ["b", 1_000, 2000, "base64"],
  ]);
});

Deno.test("parseBench() reads two hundred devices with the same alias", () => {
  const rows = Array.from({ length: 200 }, (_, i) => `  - { <<: *all, id: d${i}, limits: *limits }`);
  const text = `x-all: &all { driver: A }\nx-limits: &limits { call: 1s }\ndevices:\n${rows.join("\n")}\n`;
  assert.equal(parseBench(text, "bench.yaml").devices[199].limits.callMs, 1_000);
});

Deno.test("parseBench() keeps an integer beyond 2^53 that a number holds exactly, and one that is a text", () => {
  const text = `${DAQ}    params: { a: 9007199254740992, b: "9007199254740993", c: 18446744073709551616 }\n`;
  assert.deepEqual(parseBench(text, "bench.yaml").devices[0].params, {
    a: 2 ** 53,
    b: "9007199254740993",
    c: 2 ** 64,
  });
});

Deno.test("parseBench() refuses nested merge keys that would grow without limit", () => {
  const levels = Array.from({ length: 9 }, (_, i) => `x-${i + 1}: &a${i + 1} { <<: [${`*a${i}, `.repeat(9)}] }`);

  const message = messageFor(() => parseBench(`x-0: &a0 { b: 1 }\n${levels.join("\n")}\n`, "bench.yaml"));

  assert.match(message, /^bench\.yaml:\d:\d+: expected at most 100000 values, those of aliases included, found more$/m);
});

Deno.test("parseBench() shows the first hundred faults of ten thousand, and counts the others", () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `k${i}: 1\n`).join("");
  const lines = messageFor(() => parseBench(keys, "bench.yaml")).split("\n");
  assert.match(lines[1], /^bench\.yaml:1:1: key k0: expected one of .*, found an unknown key/);
  assert.match(lines[100], /^bench\.yaml:100:1: key k99: /);
  assert.equal(lines[101], "and 1 more");

  const repeated = messageFor(() => parseBench(`${DAQ}${"    driver: A\n".repeat(10_000)}`, "bench.yaml")).split("\n");
  assert.equal(repeated.length, 102);
});

Deno.test("parseBench() reads fifteen thousand keys with anchors and merge keys in one mapping", () => {
  // In quadratic time it took a quarter of a minute.
  const keys = Array.from({ length: 15_000 }, (_, i) => `      k${i}: &k${i} { <<: *k }\n`).join("");
  const { params } = parseBench(`x-k: &k { a: 1 }\n${DAQ}    params:\n${keys}`, "bench.yaml").devices[0];
  assert.deepEqual([Object.keys(params).length, params.k14999], [15_000, { a: 1 }]);
});

Deno.test("parseBench() refuses ten thousand lists in each other", () => {
  assert.match(messageFor(() => parseBench("[".repeat(10_000), "bench.yaml")), /^bench\.yaml:1:/m);
});

Deno.test("parseBench() refuses nested aliases that would grow without limit", () => {
  const levels = Array.from({ length: 9 }, (_, i) => `  a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`);

  const message = messageFor(() => parseBench(`devices:\n  a0: &a0 [x]\n${levels.join("\n")}\n`, "bench.yaml"));

  assert.match(message, /^bench\.yaml:7:42: expected at most 100000 values, those of aliases included, found more$/m);
});

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

const bench: Bench = parseBench("host: labpc\nport: 5001\n", "/lab/bench.yaml");

Deno.test("overrideBench() keeps the other settings", () => {
  assert.deepEqual(overrideBench(bench, { host: undefined }), bench);
});

Deno.test("overrideBench() sets host, port and drivers, the folder relative to the working directory", () => {
  const { host, port, drivers } = overrideBench(bench, { host: "0.0.0.0", port: "0", drivers: "mine" });

  assert.deepEqual([host, port, drivers], ["0.0.0.0", 0, join(Deno.cwd(), "mine")]);
});

for (const port of ["", "http", "65536", "-1", "5e3", "0x1F", " 80", "1.5", "NaN"]) {
  Deno.test(`overrideBench() refuses the port ${JSON.stringify(port)}`, () => {
    const message = messageFor(() => overrideBench(bench, { port }));

    assert.equal(
      message,
      `Cannot start with --port: expected a whole number from 0 to 65535, found ${JSON.stringify(port)}`,
    );
  });
}

Deno.test("overrideBench() sets what a container needs, with the items of lists between commas", () => {
  const given = {
    base_path: "/lab/",
    allowed_hosts: "LabPC, labpc:5000",
    allowed_origins: "http://labpc:3000",
    trusted_proxies: "10.0.0.0/8,::1",
  };
  const { basePath, allowedHosts, allowedOrigins, trustedProxies } = overrideBench(bench, given);

  assert.deepEqual([basePath, allowedHosts], ["/lab", ["labpc", "labpc:5000"]]);
  assert.deepEqual([allowedOrigins, trustedProxies], [["http://labpc:3000"], ["10.0.0.0/8", "::1"]]);
});

for (const [key, text] of [["base_path", "lab"], ["base_path", "//x"], ["trusted_proxies", "10.0.0.0/33"]] as const) {
  Deno.test(`overrideBench() refuses ${key}: ${text}`, () => {
    const message = messageFor(() => overrideBench(bench, { [key]: text }));

    assert.match(message, new RegExp(`^Cannot start with --${key.replace("_", "-")}: expected `));
  });
}

Deno.test("overrideBench() names every wrong variable as the user set it", () => {
  const wrong = { host: "a b", port: "x", drivers: "" };

  const message = messageFor(() => overrideBench(bench, wrong, (key) => `LABDAEMON_${key.toUpperCase()}`));

  assert.equal(
    message,
    'Cannot start with LABDAEMON_HOST: expected a host name or address without a port, such as "127.0.0.1", found "a b"; ' +
      'LABDAEMON_PORT: expected a whole number from 0 to 65535, found "x"; ' +
      'LABDAEMON_DRIVERS: expected the path of a folder, found ""',
  );
});

Deno.test("old key names are accepted, and a warning names each new one", () => {
  using log = collectLog();
  const text = `${DAQ}    restart: { first_delay: 1s, longest_delay: 2s }\n    limits: { hang: 3s, stall: 4s }\n`;

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
  const text = `${DAQ}    limits: &slow { stall: 4s }\n  - { id: daq2, driver: A, limits: *slow }\n`;

  const { devices } = parseBench(text, "bench.yaml");

  assert.deepEqual(devices.map(({ limits }) => limits.sampleTimeoutMs), [4_000, 4_000]);
  assert.equal(log.messages.length, 1);
});
