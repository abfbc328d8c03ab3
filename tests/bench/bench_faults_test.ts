import assert from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { refusedMessage } from "../support/refused_message.ts";

const KEYS =
  "host, port, drivers, tasks, data, auth, allowed_origins, allowed_hosts, base_path, trusted_proxies, buses, " +
  "grants, security, python, tls, recording, notify, oidc, hub, mqtt, max_body, max_devices, safe_on_shutdown, devices";
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
    const message = refusedMessage(() => parseBench(text, "lab/bench.yaml"));

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
