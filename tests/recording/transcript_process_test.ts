/** Transcripts out of drivers' processes. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { fakeInstrument } from "labdaemon/testing";
import { folderOf } from "../support/folder_of.ts";
import { whyNoPython } from "../support/python.ts";
import { recordingBench } from "../support/recording_bench.ts";
import { until } from "../support/until.ts";

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

Deno.test({
  name: "a driver in Python has no transcript, and says so when one is asked for",
  ignore: await whyNoPython() !== undefined,
  async fn() {
    using drivers = folderOf({ "plain.py": "class Plain:\n    def read(self) -> int:\n        return 1\n" });
    await using it = await recordingBench();
    await it.daemon.loadDrivers(drivers.url);
    await rejects(it.daemon.addDevice("plain1", "Plain", {}, { transcript: true }), {
      code: "InvalidRequest",
      message: /^Cannot add device "plain1": transcript: expected false for a driver in Python/,
    });
  },
});
