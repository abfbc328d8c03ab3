import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { fakeFromYaml } from "../../lib/testing/mod.ts";
import { hislipServer, vxi11Server } from "../support/message_servers.ts";
import { folderOf } from "../support/folder_of.ts";
import { serialCable } from "../support/serial_cable.ts";
import { peerProgram, peersPython, run, startPeer } from "../support/peers.ts";

const SUPPLY = `driver: Supply30V
transport: scpi
identify: { ask: "*IDN?", expect: "^ACME,PSU" }
errors:   { ask: "SYST:ERR?", ok: "^[+]?0" }
setup:    [ "SYST:REM" ]
values:
  current:     { ask: "MEAS:CURR?", match: '([-+.\\dE]+)A', unit: A }
  power:       { ask: "MEAS:ALL?", field: 3, separator: ";", unit: W }
  temperature: { ask: "MEAS:TEMP?", unit: °C }
settings:
  voltage: { set: "VOLT {:.3f}", ask: "VOLT?", unit: V, min: 0, max: 30 }
  output:  { set: "OUTP {}", ask: "OUTP?", type: boolean }
safe: [ "OUTP 0" ]
`;

const { signal } = new AbortController();
const context = { signal } as never;

Deno.test("a YAML driver controls a supply of PyVISA-sim: values, settings, its error queue, safe, and its return", async () => {
  const python = await peersPython();
  await using peer = await startPeer({
    command: (port) => [python, peerProgram("scpi_server.py"), `${port}`, peerProgram("scpi_supply.sim.yaml")],
    ready: /listening/,
  });
  const driver = await declaredDriver(SUPPLY, "supply.yaml");
  const create = () => driver.create(driver.params.parse({ host: "127.0.0.1", port: peer.port }));
  const device = create();
  await device.connect!(signal);
  const { voltage, output } = driver.properties;
  equal(await device.read!(signal), {
    current: 0.251,
    power: 1.2545,
    temperature: null,
    quality: { temperature: "overload (9.90000000E+37)" },
  });
  await voltage.set!(device, 12.5, context);
  await output.set!(device, true, context);
  equal([await voltage.get!(device, context), await output.get!(device, context)], [12.5, true]);
  // The file allows more than this instrument does.
  await rejects(
    async () => await voltage.set!(device, 25, context),
    /Cannot set voltage of .*: the instrument reports -100,"Command error"$/,
  );
  equal(await voltage.get!(device, context), 12.5);
  await (device as unknown as { safe(reason: string, signal: AbortSignal): Promise<void> }).safe("a test", signal);
  equal(await output.get!(device, context), false);

  await peer.kill();
  // Its end is noticed by the question, or was before.
  await rejects(async () => await device.read!(signal), /Cannot (ask "MEAS:CURR\?"|connect to)/);
  await device.disconnect!(signal);
  await peer.restart();
  const again = create();
  await again.connect!(signal);
  equal(await voltage.get!(again, context), 0);
  await again.disconnect!(signal);
});

Deno.test("a generator of PyVISA-sim acknowledges commands: two devices set it over one connection, and learn what it refuses", async () => {
  const python = await peersPython();
  await using peer = await startPeer({
    command: (port) => [python, peerProgram("scpi_server.py"), `${port}`, peerProgram("scpi_supply.sim.yaml"), "5026"],
    ready: /listening/,
  });
  const driver = await declaredDriver(
    `driver: Generator
transport: scpi
identify: { ask: "?IDN", expect: "^LSG" }
expect: "^OK$"
settings: { frequency: { set: "!FREQ {:.2f}", ask: "?FREQ", unit: Hz } }
`,
    "generator.yaml",
  );
  const create = () => driver.create(driver.params.parse({ host: "127.0.0.1", port: peer.port }));
  const [one, two] = [create(), create()];
  await Promise.all([one.connect!(signal), two.connect!(signal)]);
  const { frequency } = driver.properties;
  await Promise.all([frequency.set!(one, 200, context), frequency.get!(two, context)]);
  equal(await frequency.get!(two, context), 200);
  await rejects(
    async () => await frequency.set!(two, 0.1, context),
    /Cannot set frequency of .*: expected \/\^OK\$\/, found "FREQ_ERROR"$/,
  );
  equal(await frequency.get!(one, context), 200);
  await Promise.all([one.disconnect!(signal), two.disconnect!(signal)]);
});

Deno.test("the fake of a YAML driver answers lxi-tools and PyVISA-py as an instrument does", async () => {
  using folder = folderOf({ "supply.yaml": SUPPLY });
  await using fake = await fakeFromYaml(new URL("supply.yaml", folder.url));
  const port = String(fake.params.port);
  match(await run("lxi", "scpi", "--raw", "--address", "127.0.0.1", "--port", port, "*IDN?"), /^ACME,PSU/);
  const program = `
import sys, pyvisa
psu = pyvisa.ResourceManager("@py").open_resource(f"TCPIP::127.0.0.1::{sys.argv[1]}::SOCKET", read_termination="\\n", write_termination="\\n")
psu.write("VOLT 12.500")
psu.write("VOLT 31.000")
print(psu.query("VOLT?"), psu.query("SYST:ERR?"), psu.query("SYST:ERR?"), psu.query("MEAS:ALL?"), sep="|")
psu.close()
`;
  equal(
    (await run(await peersPython(), "-c", program, port)).trim(),
    '12.5|-222,"Data out of range"|+0,"No error"|0;0;1',
  );
});

Deno.test("a YAML driver controls a supply of PyVISA-sim by VXI-11, whose calls are PyVISA-py's", async () => {
  const python = await peersPython();
  await using peer = await startPeer({
    command: (port) => [python, peerProgram("vxi11_server.py"), `${port}`, peerProgram("scpi_supply.sim.yaml")],
    ready: /listening/,
  });
  const driver = await declaredDriver(SUPPLY, "supply.yaml");
  // With its port, an instrument needs no port mapper, and the device reaches nothing else.
  const params = driver.params.parse({ host: "127.0.0.1", port: peer.port, link: "vxi11" });
  equal(driver.permissions(params), { net: [`127.0.0.1:${peer.port}`] });
  const device = driver.create(params);
  await device.connect!(signal);
  const { voltage } = driver.properties;
  const { current, power } = await device.read!(signal) as Record<string, number>;
  equal([current, power], [0.251, 1.2545]);
  await voltage.set!(device, 12.5, context);
  equal(await voltage.get!(device, context), 12.5);
  await rejects(async () => await voltage.set!(device, 25, context), /the instrument reports -100,"Command error"$/);
  await device.disconnect!(signal);
  const other = driver.create(driver.params.parse({ ...params, device: "gpib0,5" }));
  await rejects(async () => await other.connect!(signal), /the device is not accessible/);
});

Deno.test("a YAML driver controls its fake over a serial port", async () => {
  using folder = folderOf({ "supply.yaml": SUPPLY });
  await using fake = await fakeFromYaml(new URL("supply.yaml", folder.url));
  await using cable = await serialCable(fake.params as { host: string; port: number });
  const driver = await declaredDriver(SUPPLY, "supply.yaml");
  const device = driver.create(driver.params.parse({ serial: await Deno.realPath(cable.path), baud: 115_200 }));
  await device.connect!(signal);
  const { voltage } = driver.properties;
  await voltage.set!(device, 12.5, context);
  equal([await voltage.get!(device, context), fake.get("voltage")], [12.5, 12.5]);
  await device.disconnect!(signal);
});

/** Clients of other projects accept the instruments against which our own VXI-11 and HiSLIP are tested. */
Deno.test("PyVISA-py speaks VXI-11 and HiSLIP with the instruments of our tests", async () => {
  const answer = (line: string) => line === "*IDN?" ? "ACME,Scope,1,1" : line === "FREQ?" ? "+1.0E+03" : undefined;
  await using vxi11 = vxi11Server(answer);
  await using hislip = hislipServer(answer);
  const program = `
import sys, pyvisa
manager = pyvisa.ResourceManager("@py")
for name in sys.argv[1:]:
    scope = manager.open_resource(name)
    print(scope.query("*IDN?").strip(), scope.query("FREQ?").strip(), sep="|")
    scope.close()
`;
  const names = [`TCPIP::127.0.0.1,${vxi11.port}::inst0::INSTR`, `TCPIP::127.0.0.1::hislip0,${hislip.port}::INSTR`];
  equal((await run(await peersPython(), "-c", program, ...names)).trim().split("\n"), [
    "ACME,Scope,1,1|+1.0E+03",
    "ACME,Scope,1,1|+1.0E+03",
  ]);
});

/** The port mapper has port 111, which needs root. */
const canMapPorts = Deno.uid() === 0;

Deno.test({
  name: "lxi-tools and our own client ask the port mapper of an instrument for VXI-11",
  ignore: !canMapPorts,
  async fn() {
    // An address of its own: its port 111 is free.
    const hostname = "127.0.77.1";
    await using _vxi11 = vxi11Server((line) => line === "FREQ?" ? "+1.0E+03" : undefined, {
      hostname,
      portMapper: true,
    });
    match(await run("lxi", "scpi", "--address", hostname, "FREQ?"), /^\+1\.0E\+03/);
    const driver = await declaredDriver("driver: A\ntransport: scpi\nvalues: { f: { ask: FREQ? } }", "a.yaml");
    const device = driver.create(driver.params.parse({ host: hostname, link: "vxi11" }));
    await device.connect!(signal);
    equal(await device.read!(signal), { f: 1000 });
    await device.disconnect!(signal);
  },
});
