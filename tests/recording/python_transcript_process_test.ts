/** Transcripts of drivers in Python, and what they say of their samples. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { checkDriver, fakeInstrument, FakeServer } from "labdaemon/testing";
import { folderOf } from "../support/folder_of.ts";
import { pythonTest } from "../support/python.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

/** Asks by a file of its socket, in the main thread, in a thread of its own, and in the loop of asyncio. */
const METER = `
import asyncio
import socket
import threading
from typing import Annotated

from labdaemon.driver import Unit, driver


@driver(name="Meter", net=["{host}:{port}"])
class Meter:
    def __init__(self, host: str = "127.0.0.1", port: int = 5025):
        self.address = (host, port)
        self.socket = None

    def connect(self):
        self.socket = socket.create_connection(self.address, timeout=10)
        self.lines = self.socket.makefile("r", newline="\\n")
        self.unit = self.ask("UNIT?")

    def disconnect(self):
        if self.socket is not None:
            self.lines.close()
            self.socket.close()

    def describe_sample(self):
        return Annotated[float, Unit(self.unit)]

    def read(self) -> float:
        return float(self.ask("MEAS?"))

    def ask(self, question: str) -> str:
        self.socket.sendall(question.encode() + b"\\n")
        return self.lines.readline().strip()

    def raw(self, question: str, count: int) -> str:
        self.socket.send(question.encode() + b"\\n")
        self.socket.recv(1, socket.MSG_PEEK)
        found = bytearray()
        while len(found) < count:
            part = bytearray(count)
            found += part[:self.socket.recv_into(part, count - len(found))]
        return found.hex()

    def beside(self, question: str) -> str:
        found = []
        thread = threading.Thread(target=lambda: found.append(self.ask(question)))
        thread.start()
        thread.join()
        return found[0]

    async def awaited(self, question: str) -> str:
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(question.encode() + b"\\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer.decode().strip()
`;

const CALLS = [
  ["ask", "SER?"],
  ["raw", "RAW?", 4],
  ["beside", "TEMP?"],
  ["awaited", "LATE?"],
  ["ask", "SER?"],
] as const;

async function called(device: { call(method: string, args: unknown[]): Promise<unknown> }): Promise<unknown[]> {
  const found = [];
  for (const [method, ...args] of CALLS) found.push(await device.call(method, args));
  return found;
}

await pythonTest(
  "what a driver in Python sends and gets by its sockets is recorded, and answers it again",
  async () => {
    using drivers = folderOf({ "meter.py": METER });
    await using it = await recordingBench();
    await it.daemon.loadDrivers(drivers.url);
    let serial = 7;
    const answers = {
      ...{ "UNIT?": "Ohm", "MEAS?": "1.5", "TEMP?": "21", "LATE?": "late", "SER?": () => `N${serial++}` },
      "RAW?": () => new Uint8Array([0, 10, 255, 0xc3]),
    };
    await using real = fakeInstrument({ answers });
    const params = { host: real.host, port: real.port };
    const meter = await it.daemon.addDevice("meter1", "Meter", params, { transcript: true });
    const run = await it.recordings.start({ name: "run", devices: ["meter1"] });
    await meter.connect();
    const asked = await called(meter);
    equal(asked, ["N7", "000affc3", "21", "late", "N8"]);
    await until("it has streamed", () => meter.log.sequence > 0);
    equal([meter.status().sample, meter.status().warnings], [{ type: "number", unit: "Ohm" }, []]);
    await meter.disconnect();
    await it.recordings.stop(run);

    const { body } = await it.ask("GET /recordings/run/data");
    const transcript = body as string;
    const entries = transcript.trim().split("\n").map((line) => JSON.parse(line))
      .filter(({ event, text }) => event === "transcript" && text !== "MEAS?\n" && text !== "1.5\n")
      .map(({ direction, text, base64 }) => [direction, text ?? base64]);
    equal(entries, [
      ["opened", undefined],
      ...[["sent", "UNIT?\n"], ["received", "Ohm\n"]],
      ...[["sent", "SER?\n"], ["received", "N7\n"]],
      ...[["sent", "RAW?\n"], ["received", "AAr/ww=="]],
      ...[["sent", "TEMP?\n"], ["received", "21\n"]],
      ...[["opened", undefined], ["sent", "LATE?\n"], ["received", "late\n"]],
      ...[["sent", "SER?\n"], ["received", "N8\n"]],
    ]);

    await using fake = fakeInstrument({ transcript });
    const again = await it.daemon.addDevice("meter2", "Meter", { host: fake.host, port: fake.port });
    await again.connect();
    equal(await called(again), asked);
    await again.disconnect();

    await using checked = fakeInstrument({ transcript });
    const results = await checkDriver(new URL("meter.py", drivers.url), {
      params: { host: checked.host, port: checked.port },
      options: { sample_rate: 20 },
      instrument: checked,
    });
    equal(results.filter(({ status }) => status === "failed"), []);
  },
);

await pythonTest(
  "of two devices in one process of Python, each has what its own code sent, also by asyncio",
  async () => {
    using drivers = folderOf({ "meter.py": METER });
    await using it = await recordingBench();
    await it.daemon.loadDrivers(drivers.url);
    await using real = fakeInstrument({ acknowledge: "1" });
    const params = { host: real.host, port: real.port };
    const settings = { transcript: true, process: "both" };
    const first = await it.daemon.addDevice("first", "Meter", params, settings);
    const second = await it.daemon.addDevice("second", "Meter", params, settings);
    const third = await it.daemon.addDevice("third", "Meter", params, { process: "both" });
    const run = await it.recordings.start({ name: "run", devices: ["first", "second", "third"] });
    const devices = [third, first, second];
    for (const device of devices) {
      await device.connect();
      for (const method of ["ask", "beside", "awaited"]) {
        await device.call(method, [
          `${method.toUpperCase()} ${device.id}`,
        ]);
      }
    }
    for (const device of devices) await device.disconnect();
    await it.recordings.stop(run);
    const sent = it.stored("run").filter(({ event, direction, text }) =>
      event === "transcript" && direction === "sent" && (text as string).includes(" ")
    );
    equal(
      sent.map(({ device_id, text }) => [device_id, text]),
      ["first", "second"].flatMap((id) => ["ASK", "BESIDE", "AWAITED"].map((word) => [id, `${word} ${id}\n`])),
    );
  },
);

/** Echoes what it gets, in pieces. */
class Echo extends FakeServer {
  protected override async serve(connection: Deno.TcpConn): Promise<void> {
    for await (const bytes of connection.readable) await connection.write(bytes);
  }
}

await pythonTest(
  "a driver in Python without a connection that is seen has a warning in the place of a transcript",
  async () => {
    const later = `
import socket


class Later:
    def __init__(self, host: str, port: int):
        self.address = (host, port)

    def talk(self):
        # A pair of sockets within the process is no connection to an instrument.
        one, other = socket.socketpair()
        one.send(b"x")
        other.recv(1)
        return "nothing"

    def reach(self):
        with socket.create_connection(self.address) as it:
            it.sendall(memoryview(b"hello"))
            return it.recv(5).decode()
`;
    using drivers = folderOf({ "later.py": later });
    await using it = await recordingBench();
    await it.daemon.loadDrivers(drivers.url);
    await using echo = new Echo();
    const params = { host: echo.host, port: echo.port };
    const permissions = { add: { net: [`${echo.host}:${echo.port}`] } };
    const device = await it.daemon.addDevice("later1", "Later", params, { transcript: true, permissions });
    await device.connect();
    const warnings = () => device.status().warnings.map(({ type, message }) => `${type}: ${message}`).join();
    equal(await device.call("talk"), "nothing");
    match(warnings(), /^NoTranscript: its driver has opened no connection that is seen/);
    equal(await device.call("reach"), "hello");
    await until("the warning is over", () => warnings() === "");
  },
);

await pythonTest(
  "what describe_sample() of a driver in Python returns is a schema, a type hint, or an error of connect",
  async () => {
    const described = (name: string, text: string) => `
from typing import Dict


class ${name}:
    def describe_sample(self):
        return ${text}

    def read(self) -> float:
        return 1.0
`;
    using drivers = folderOf({
      "one.py": described("One", '{"type": "object", "properties": {"t": {"type": "number", "unit": "K"}}}'),
      "two.py": described("Two", "Dict[str, int]"),
      "three.py": described("Three", "None"),
      "four.py": described("Four", "42"),
    });
    await using it = await recordingBench();
    await it.daemon.loadDrivers(drivers.url);
    const sampleOf = async (type: string) => {
      const device = await it.daemon.addDevice(type.toLowerCase(), type);
      await device.connect();
      return device.status().sample;
    };
    equal(await sampleOf("One"), { type: "object", properties: { t: { type: "number", unit: "K" } } });
    equal([(await sampleOf("Two"))?.type], ["object"]);
    equal(await sampleOf("Three"), undefined);
    const { code, message } = await sampleOf("Four").then(() => ({ code: "", message: "" }), (error) => error);
    equal(code, "DriverError");
    match(message, /describe_sample\(\) has returned int: return a JSON Schema/);
  },
);
