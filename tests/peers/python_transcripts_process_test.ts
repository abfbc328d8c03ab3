/** Transcripts of drivers in Python that reach their instruments by pyserial, PyVISA and PyMeasure. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { fakeInstrument, fakeSerialPort } from "../../lib/testing/mod.ts";
import { folderOf } from "../support/folder_of.ts";
import { peersPython, run } from "../support/peers.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { serialCable } from "../support/serial_cable.ts";
import { until } from "../support/until.ts";

const CHECK_DRIVER = fileURLToPath(new URL("../../lib/cli/check_driver.ts", import.meta.url));

const SCALE = (python: string) => `
from labdaemon.driver import driver


@driver(name="Scale", devices=["{port}"], python="${python}")
class Scale:
    def __init__(self, port: str = "/dev/ttyUSB0"):
        self.port = port
        self.serial = None

    def connect(self):
        from serial import Serial

        self.serial = Serial(self.port, 9600, timeout=10)

    def disconnect(self):
        if self.serial is not None:
            self.serial.close()

    def read(self) -> float:
        self.serial.write(b"SI\\r\\n")
        return float(self.serial.readline().split()[2])

    def raw(self) -> str:
        self.serial.write(b"RAW\\r\\n")
        return self.serial.read(4).hex()
`;

Deno.test("a driver in Python that uses pyserial is recorded, and check-driver answers it over a serial port", async () => {
  using drivers = folderOf({ "scale.py": SCALE(await peersPython()) });
  await using it = await recordingBench();
  await it.daemon.loadDrivers(drivers.url);
  const scale = async (id: string, path: string, transcript: boolean) => {
    const device = await it.daemon.addDevice(id, "Scale", { port: path }, {
      permissions: { add: { serial: [path] } },
      transcript,
      streaming: "manual",
    });
    await device.connect();
    return device;
  };
  await using real = fakeInstrument({
    answers: { SI: "S S 12.5 g", RAW: () => new Uint8Array([0, 255, 10, 195]) },
    newline: "\r\n",
  });
  await using cable = await serialCable(real);
  const first = await scale("scale1", cable.path, true);
  const recorded = await it.recordings.start({ name: "run", devices: ["scale1"] });
  equal(await first.call("raw"), "00ff0ac3");
  await first.startStreaming(() => {});
  await until("it has streamed", () => first.log.sequence > 0);
  await first.disconnect();
  await it.recordings.stop(recorded);
  const { body } = await it.ask("GET /recordings/run/data");
  const entries = (body as string).trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ event }) => event === "transcript");
  equal(entries.slice(0, 3).map(({ direction, text, base64 }) => [direction, text ?? base64]), [
    ["opened", undefined],
    ["sent", "RAW\r\n"],
    ["received", "AP8Kww=="],
  ]);

  await using fake = fakeInstrument({ transcript: body as string });
  await using port = await fakeSerialPort(fake);
  const second = await scale("scale2", port.path, false);
  equal(await second.call("raw"), "00ff0ac3");
  await second.disconnect();

  using exported = folderOf({ "scale.jsonl": body as string });
  const [driver, file] = [new URL("scale.py", drivers.url), new URL("scale.jsonl", exported.url)].map((url) =>
    fileURLToPath(url)
  );
  const given = [
    "--params",
    '{"port": "{serial_port}"}',
    "--options",
    '{"sample_rate": 20}',
    "--transcript",
    file,
    "--json",
  ];
  const results = JSON.parse(await run(Deno.execPath(), "run", "-A", CHECK_DRIVER, driver, ...given));
  equal(results.filter(({ status }: { status: string }) => status === "failed"), []);
  equal(results.find(({ rule }: { rule: string }) => rule === "survives-loss").status, "passed");
});

/** A class of PyMeasure, and a driver that uses PyVISA itself: what they send is the same whatever VISA goes over. */
const SUPPLIES = (python: string) => ({
  "measured.py": `
from labdaemon.driver import driver
from pymeasure.instruments import Instrument


@driver(name="Measured", python="${python}")
class Measured(Instrument):
    volts = Instrument.control("VOLT?", "VOLT %g", "The voltage in V.")

    def __init__(self, adapter: str):
        super().__init__(adapter, "Supply", visa_library="@py", includeSCPI=False,
                         read_termination="\\n", write_termination="\\n")
`,
  "visa.py": `
import pyvisa
from labdaemon.driver import driver


@driver(name="Visa", python="${python}", net=["{host}:{port}"])
class Visa:
    def __init__(self, host: str, port: int):
        self.address = f"TCPIP::{host}::{port}::SOCKET"

    def connect(self):
        self.manager = pyvisa.ResourceManager("@py")
        self.supply = self.manager.open_resource(self.address, read_termination="\\n", write_termination="\\n")

    def disconnect(self):
        self.manager.close()

    @property
    def volts(self) -> float:
        return float(self.supply.query("VOLT?"))

    @volts.setter
    def volts(self, volts):
        self.supply.write(f"VOLT {volts:g}")
`,
});

Deno.test("what a class of PyMeasure, and a driver by PyVISA, write and read is recorded once, and answers them again", async () => {
  using drivers = folderOf(SUPPLIES(await peersPython()));
  await using it = await recordingBench();
  await it.daemon.loadDrivers(drivers.url);
  let volts = "0";
  await using real = fakeInstrument({
    answers: (question) => question === "VOLT?" ? volts : void (volts = question.split(" ")[1]),
  });
  const add = async (id: string, type: string, { host, port }: { host: string; port: number }, transcript = false) => {
    const params = type === "Visa" ? { host, port } : { adapter: `TCPIP::${host}::${port}::SOCKET` };
    const device = await it.daemon.addDevice(id, type, params, { transcript });
    await device.connect();
    return device;
  };
  for (const type of ["Measured", "Visa"]) {
    const id = type.toLowerCase();
    const device = await add(id, type, real, true);
    const recorded = await it.recordings.start({ name: id, devices: [id] });
    equal(await device.setProperty("volts", 2.5), 2.5);
    await device.disconnect();
    await it.recordings.stop(recorded);
    const { body } = await it.ask(`GET /recordings/${id}/data`);
    const entries = (body as string).trim().split("\n").map((line) => JSON.parse(line))
      .filter(({ event }) => event === "transcript").map(({ direction, text }) => `${direction} ${text}`);
    const one = ["sent VOLT?\n", "received 2.5\n"];
    equal(entries.slice(entries.indexOf("sent VOLT 2.5\n")), ["sent VOLT 2.5\n", ...one]);
    await using fake = fakeInstrument({ transcript: body as string, device: id });
    const again = await add(`${id}2`, type, fake);
    await again.setProperty("volts", 2.5);
    equal(fake.received.slice(-2), ["VOLT 2.5", "VOLT?"]);
    await again.disconnect();
  }
});
