import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { declaredDriver } from "../../lib/declared/file/declared_driver.ts";
import { fakeFromYaml } from "../../lib/testing/mod.ts";
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
