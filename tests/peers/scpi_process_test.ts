import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { fakeFromYaml } from "../../lib/testing/mod.ts";
import { hislipServer, vxi11Server } from "../support/message_servers.ts";
import { folderOf } from "../support/folder_of.ts";
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
  await rejects(async () => await device.read!(signal), /Cannot ask "MEAS:CURR\?"/);
  await device.disconnect!(signal);
  await peer.restart();
  const again = create();
  await again.connect!(signal);
  equal(await voltage.get!(again, context), 0);
  await again.disconnect!(signal);
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

/** Clients of other projects accept the instruments against which our own VXI-11 and HiSLIP are tested. */
Deno.test("lxi-tools and PyVISA-py speak VXI-11 and HiSLIP with the instruments of our tests", async () => {
  const answer = (line: string) => line === "*IDN?" ? "ACME,Scope,1,1" : line === "FREQ?" ? "+1.0E+03" : undefined;
  // An address of its own: its port 111 is free.
  const hostname = "127.0.77.1";
  await using _vxi11 = vxi11Server(answer, { hostname, portMapper: true });
  await using hislip = hislipServer(answer);
  match(await run("lxi", "scpi", "--address", hostname, "FREQ?"), /^\+1\.0E\+03/);
  const program = `
import sys, pyvisa
manager = pyvisa.ResourceManager("@py")
for name in sys.argv[1:]:
    scope = manager.open_resource(name)
    print(scope.query("*IDN?").strip(), scope.query("FREQ?").strip(), sep="|")
    scope.close()
`;
  const names = [`TCPIP::${hostname}::inst0::INSTR`, `TCPIP::127.0.0.1::hislip0,${hislip.port}::INSTR`];
  equal((await run(await peersPython(), "-c", program, ...names)).trim().split("\n"), [
    "ACME,Scope,1,1|+1.0E+03",
    "ACME,Scope,1,1|+1.0E+03",
  ]);
  // Our own client asks the port mapper, too.
  const driver = await declaredDriver("driver: A\ntransport: scpi\nvalues: { f: { ask: FREQ? } }", "a.yaml");
  const device = driver.create(driver.params.parse({ host: hostname, link: "vxi11" }));
  await device.connect!(signal);
  equal(await device.read!(signal), { f: 1000 });
  await device.disconnect!(signal);
});
