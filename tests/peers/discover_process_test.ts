import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { openBench } from "../../lib/bench/open_bench.ts";
import { fakeInstrument, fakeModbus } from "../../lib/testing/mod.ts";
import { folderOf } from "../support/folder_of.ts";
import { peerProgram, peersPython, startPeer } from "../support/peers.ts";
import { serialCable } from "../support/serial_cable.ts";
import { serveBench } from "../support/served_bench.ts";

/** Runs `deno task ctl discover` with the permissions of the task. */
async function discover(args: string[], url = "http://127.0.0.1:2") {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "ctl", "--url", url, "discover", ...args],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

Deno.test("ctl discover finds what an instrument announces by multicast DNS", async () => {
  const python = await peersPython();
  await using _instrument = await startPeer({
    command: () => [python, peerProgram("announcer.py")],
    ready: /listening/,
  });
  const { out, err } = await discover(["--wait", "3s"]);
  ok(
    out.includes(
      "  - { id: acme-psu-3-no-1-2, transport: scpi, params: { host: 192.168.1.77, port: 5026 } } " +
        "# ACME PSU-3 (No. 1.2): _lxi._tcp 80, _scpi-raw._tcp 5026, _hislip._tcp 4880",
    ),
    out + err,
  );
});

Deno.test("ctl discover --idn asks the hosts that a person names, and its lines are a bench file", async () => {
  await using psu = fakeInstrument({ answers: { "*IDN?": "ACME (Lab),PSU-3,1234,2.0" } });
  const { code, out, err } = await discover(["--idn", `127.0.0.1:${psu.port}`, "127.0.0.1:2"]);
  match(err, /^Cannot connect to 127\.0\.0\.1:2: .*refused/i);
  equal(code, 0);
  match(out, /"\^ACME \\\\\(Lab\\\\\), \*PSU-3"/);
  match(out, /^devices:\n {2}- \{ id: acme-lab-psu-3, transport: scpi, .* # ACME \(Lab\),PSU-3,1234,2\.0\n$/);
  using folder = folderOf({});
  await using daemon = await openBench(parseBench(out + `drivers: ${folder.path}`, "/lab/bench.yaml"));
  await daemon.getDevice("acme-lab-psu-3").connect();
  equal(daemon.getDevice("acme-lab-psu-3").state, "connected");
});

Deno.test("ctl discover --idn does not take a web server for an instrument", async () => {
  await using server = fakeInstrument({ answers: { "*IDN?": "HTTP/1.1 400 Bad Request" } });
  const { out, err } = await discover(["--idn", `127.0.0.1:${server.port}`]);
  equal(out, "");
  match(err, /^127\.0\.0\.1:\d+ is no instrument: it answers \*IDN\? with "HTTP\/1\.1 400 Bad Request"\n/);
});

Deno.test("ctl discover --modbus lists the units that answer, and leaves a gateway alone that a device uses", async () => {
  await using gateway = fakeModbus({ units: { 2: { holding: { 0: 1 } }, 3: {} } });
  const host = `127.0.0.1:${gateway.port}`;
  const { out } = await discover(["--modbus", host, "--units", "1-3"]);
  const params = (unit: number) => `params: { host: 127.0.0.1, port: ${gateway.port}, unit: ${unit} }`;
  equal(out.split("\n").slice(0, 3).map((line) => line.replace(/ # .*/, "")), [
    "devices:",
    `  - { id: modbus-unit-2, transport: modbus, ${params(2)} }`,
    `  - { id: modbus-unit-3, transport: modbus, ${params(3)} }`,
  ]);
  await using bench = await serveBench(
    `devices: [{ id: chiller1, connect: false, transport: modbus, values: { a: { holding: 0 } }, ${
      params(2).replace("127.0.0.1", "localhost")
    } }]`,
  );
  gateway.requests.length = 0;
  const { code, err } = await discover(["--modbus", host], bench.url);
  equal(code, 1);
  match(err, /Cannot scan 127\.0\.0\.1:\d+: the device "chiller1" uses it/);
  equal(gateway.requests, []);
});

Deno.test("ctl discover --modbus scans a serial port that is not in use, whatever its name", async () => {
  await using gateway = fakeModbus({ units: { 2: { holding: { 0: 1 } }, 3: {} }, framing: "rtu" });
  await using cable = await serialCable(gateway);
  const args = ["--modbus", cable.path, "--units", "2-4", "--baud", "9600", "--parity", "none"];
  const { out, err } = await discover(args);
  const params = (serial: string, unit: number) =>
    `params: { serial: ${serial}, baud: 9600, parity: none, unit: ${unit} }`;
  equal(out.split("\n").slice(0, 3).map((line) => line.replace(/ # .*/, "")), [
    "devices:",
    `  - { id: modbus-unit-2, transport: modbus, ${params(cable.path, 2)} }`,
    `  - { id: modbus-unit-3, transport: modbus, ${params(cable.path, 3)} }`,
  ], err);
  const port = await Deno.realPath(cable.path);
  await using bench = await serveBench(
    `devices: [{ id: oven1, connect: false, transport: modbus, values: { a: { holding: 0 } }, ${params(port, 2)} }]`,
  );
  gateway.requests.length = 0;
  const { code, err: refusal } = await discover(args, bench.url);
  equal(code, 1);
  match(refusal, /Cannot scan .*: the device "oven1" uses it/);
  equal(gateway.requests, []);
});
