/** Transcripts out of drivers' processes. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { fakeInstrument } from "labdaemon/testing";
import { folderOf } from "../support/folder_of.ts";
import { whyNoPython } from "../support/python.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

const noPython = await whyNoPython() !== undefined;

const driver = (name: string, ask: string) =>
  `driver: ${name}\ntransport: scpi\nvalues: { value: { ask: "${ask}", example: 1 } }\n`;

Deno.test("of two devices in one process, the one with a transcript has what it sent and what answered it, and the other has none", async () => {
  using drivers = folderOf({ "volts.yaml": driver("Volts", "MEAS?"), "celsius.yaml": driver("Celsius", "TEMP?") });
  await using it = await recordingBench();
  await using real = fakeInstrument({ answers: { "MEAS?": "1.5", "TEMP?": "21" } });
  await it.daemon.loadDrivers(drivers.url);
  const params = { host: real.host, port: real.port };
  const volts = await it.daemon.addDevice("volts1", "Volts", params, { transcript: true });
  const celsius = await it.daemon.addDevice("celsius1", "Celsius", params);
  await Promise.all([volts.connect(), celsius.connect()]);
  const run = await it.recordings.start({ name: "run", devices: ["volts1", "celsius1"] });
  const entries = () => it.stored("run").filter(({ event }) => event === "transcript");
  await until(
    "both have streamed, and something is recorded",
    () => celsius.log.sequence > 0 && entries().some(({ direction }) => direction === "received"),
  );
  await it.recordings.stop(run);
  const texts = entries().filter(({ direction }) => direction !== "opened").map((entry) =>
    `${entry.device_id} ${entry.direction} ${entry.text}`
  );
  equal(new Set(texts), new Set(["volts1 sent MEAS?\n", "volts1 received 1.5\n"]));
});

/** A waveform of as many bytes as a second of a transcript may have, or fewer, and its driver in each language. */
const SCOPES = {
  "scope.ts": `
import { connectLines, defineDriver, type LineConnection } from "labdaemon/driver";
import { z } from "zod";

export default defineDriver({
  name: "Scope",
  params: z.object({ host: z.string(), port: z.number() }),
  permissions: ({ host, port }) => ({ net: [\`\${host}:\${port}\`] }),
  create: ({ host, port }) => {
    let scope: LineConnection;
    return {
      connect: async (signal) => void (scope = await connectLines({ hostname: host, port, signal })),
      disconnect: () => scope?.close(),
      wave: async () => (await scope.queryBytes("WAV?", 600_000)).length,
      load: (size: number) => scope.write("X".repeat(size)),
    };
  },
  methods: {
    wave: { run: (scope) => scope.wave() },
    load: { input: z.object({ size: z.number() }), run: (scope, { size }) => scope.load(size) },
  },
});
`,
  "scope.py": `
import socket
from labdaemon.driver import driver


@driver(name="Scope", net=["{host}:{port}"])
class Scope:
    def __init__(self, host: str, port: int):
        self.address = (host, port)

    def connect(self):
        self.socket = socket.create_connection(self.address)
        self.file = self.socket.makefile("rb")

    def disconnect(self):
        self.file.close()
        self.socket.close()

    def wave(self) -> int:
        self.socket.sendall(b"WAV?\\n")
        return len(self.file.read(600_000))

    def load(self, size: int):
        self.socket.sendall(b"X" * size + b"\\n")
`,
};

for (const [file, text] of Object.entries(SCOPES)) {
  Deno.test({
    name: `${file}: what is larger than a usual message of a driver's process is in its transcript, whole`,
    ignore: file.endsWith(".py") && noPython,
    async fn() {
      using drivers = folderOf({ [file]: text });
      await using it = await recordingBench();
      await it.daemon.loadDrivers(drivers.url);
      const wave = new Uint8Array(600_000).map((_, i) => i);
      await using real = fakeInstrument({ answers: { "WAV?": () => wave } });
      const params = { host: real.host, port: real.port };
      const scope = await it.daemon.addDevice("scope1", "Scope", params, { transcript: true });
      const run = await it.recordings.start({ name: "run", devices: ["scope1"] });
      await scope.connect();
      equal(await scope.call("wave"), 600_000);
      await scope.call("load", [300_000]);
      await scope.disconnect();
      equal(scope.status().warnings, []);
      await it.recordings.stop(run);
      const { body } = await it.ask("GET /recordings/run/data");
      const events = (body as string).split("\n").filter((line) => line.includes('"event":"transcript"'));
      const sent = events.map((line) => JSON.parse(line)).filter(({ direction }) => direction === "sent");
      equal(sent.map(({ text }) => text.length), [5, 300_001]);

      await using fake = fakeInstrument({ transcript: body as string });
      const again = await it.daemon.addDevice("scope2", "Scope", { host: fake.host, port: fake.port });
      await again.connect();
      equal(await again.call("wave"), 600_000);
      await again.disconnect();
    },
  });
}
