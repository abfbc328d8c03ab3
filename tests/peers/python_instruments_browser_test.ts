/** Instruments of PyMeasure, QCoDeS and PyVISA, simulated by PyVISA-sim, from the bench file to the readers of a stream and the page. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { connectBench, openBench } from "../../lib/bench/open_bench.ts";
import { createApp } from "../../lib/http/app.ts";
import { browserTest } from "../support/chromium.ts";
import { folderOf } from "../support/folder_of.ts";
import { peerProgram, peersPython, startPeer } from "../support/peers.ts";
import { serveApp } from "../support/served_app.ts";
import { SSEReader } from "../support/sse_reader.ts";

const KEITHLEY = fileURLToPath(new URL("./python/keithley_2400.sim.yaml", import.meta.url));
const SUPPLY = fileURLToPath(new URL("./scpi_supply.sim.yaml", import.meta.url));

/** A driver that talks to its instrument by PyVISA, over TCP. */
const VISA = `
import pyvisa
from typing import Annotated
from labdaemon.driver import Range, Unit, driver, every


@driver(net=["127.0.0.1:{port}"])
class VisaSupply:
    """A power supply on VISA."""

    def __init__(self, port: int):
        self.address = f"TCPIP::127.0.0.1::{port}::SOCKET"

    def connect(self):
        self.manager = pyvisa.ResourceManager("@py")
        self.supply = self.manager.open_resource(self.address, read_termination="\\n", write_termination="\\n")

    def disconnect(self):
        self.manager.close()

    @property
    def voltage(self) -> Annotated[float, Unit("V"), Range(0, 20)]:
        return float(self.supply.query("VOLT?"))

    @voltage.setter
    def voltage(self, volts):
        self.supply.write(f"VOLT {volts:.3f}")

    def stream(self, sample_rate: float = 10.0):
        for _ in every(1 / sample_rate):
            yield float(self.supply.query("MEAS:CURR?").rstrip("A"))
`;

browserTest(
  "instruments of PyMeasure, QCoDeS and PyVISA stream to a reader, are set, and are in the page",
  async (page) => {
    const python = await peersPython();
    await using server = await startPeer({
      command: (port) => [python, peerProgram("scpi_server.py"), String(port), SUPPLY],
      ready: /listening/,
    });
    using folder = folderOf({ "visa_supply.py": VISA });
    const bench = parseBench(
      `
python: { "*": { interpreter: ${python} } }
devices:
  - id: smu1
    driver: pymeasure:pymeasure.instruments.keithley.Keithley2400
    params: { adapter: "GPIB0::24::INSTR", visa_library: "${KEITHLEY}@sim" }
    sample: [voltage, current, source_voltage]
    sample_rate: 20
    limits: { connect: 60s }
  - id: cryostat
    driver: qcodes:qcodes.instrument_drivers.Lakeshore.LakeshoreModel336
    params: { address: "GPIB::2::INSTR", pyvisa_sim_file: lakeshore_model336.yaml }
    sample: [A_temperature]
    sample_rate: 20
    limits: { connect: 60s }
  - id: supply1
    driver: VisaSupply
    params: { port: ${server.port} }
    options: { sample_rate: 20 }
    limits: { connect: 60s }
`,
      `${folder.path}/bench.yaml`,
    );
    await using daemon = await openBench({ ...bench, drivers: folder.path }, { patience: Infinity });
    await connectBench(daemon, bench);
    equal(daemon.devices().map(({ id, type, state, lastError }) => [id, type, state, lastError?.message]), [
      ["smu1", "Keithley2400", "connected", undefined],
      ["cryostat", "LakeshoreModel336", "connected", undefined],
      ["supply1", "VisaSupply", "connected", undefined],
    ]);
    const app = createApp(daemon);

    const put = (path: string, value: unknown) =>
      app.request(path, {
        method: "PUT",
        body: JSON.stringify({ value }),
        headers: { "content-type": "application/json" },
      });
    const set = await put("/devices/smu1/properties/source_voltage", 3.3);
    equal([set.status, (await set.json()).value], [200, 3.3]);
    const beyond = await put("/devices/smu1/properties/source_voltage", 500);
    const { error } = await beyond.json();
    equal([beyond.status, error.context.issues], [400, [{
      path: "value",
      message: "expected at most 210, found 500",
    }]]);
    equal((await put("/devices/supply1/properties/voltage", 5)).status, 200);

    await using smu = new SSEReader(await app.request("/stream/devices/smu1"));
    equal((await smu.sample()).payload, { voltage: 4.998, current: 0.251, source_voltage: 3.3 });
    await using cryostat = new SSEReader(await app.request("/stream/devices/cryostat"));
    equal(typeof ((await cryostat.sample()).payload as { A_temperature: number }).A_temperature, "number");
    await using supply = new SSEReader(await app.request("/stream/devices/supply1"));
    equal((await supply.sample()).payload, 0.251);

    const drivers = daemon.drivers();
    const { properties = [], sample } = drivers.find(({ name }) => name === "LakeshoreModel336")!;
    equal(properties.find(({ name }) => name === "A_temperature")?.schema.unit, "K");
    equal((sample?.properties as Record<string, { unit?: string }>).A_temperature.unit, "K");
    match(String(drivers.find(({ name }) => name === "Keithley2400")?.file), /\.Keithley2400$/);

    await using served = serveApp(() => app);
    await page.goto(`${served.origin}/`);
    for (
      const [id, text] of [["smu1", /4\.998/], ["cryostat", /A_temperature.*\d.*K/], ["supply1", /0\.251/]] as const
    ) {
      const heading = page.getByRole("heading", { name: id });
      await page.locator("li.tile").filter({ has: heading }).filter({ hasText: text }).waitFor();
    }
  },
);

Deno.test("a class that there is not, and a sample that it does not have, are the error of the device", async () => {
  using folder = folderOf({});
  const bench = parseBench(
    `
python: { "*": { interpreter: ${await peersPython()} } }
devices:
  - { id: nowhere, driver: "pymeasure:pymeasure.instruments.nowhere.Nothing", connect: false }
  - { id: fake, driver: "pymeasure:pymeasure.instruments.fakes.SwissArmyFake", sample: [volts], connect: false }
  - { id: other, driver: "python:fractions.Fraction", sample: [volts], connect: false }
`,
    `${folder.path}/bench.yaml`,
  );
  await using daemon = await openBench({ ...bench, drivers: folder.path });
  const messages = daemon.devices().map(({ lastError }) => lastError?.message ?? "");
  match(messages[0], /^Cannot load .*: No module named 'pymeasure\.instruments\.nowhere'/);
  match(messages[1], /sample\[0\]: expected one of "time", "voltage"/);
  match(messages[2], /sample: unknown key/);
});
