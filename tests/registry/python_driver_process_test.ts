/** Files in Python are drivers as those in TypeScript are. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { diagnose } from "../../lib/cli/ctl/doctor/diagnose.ts";
import { benchOf } from "../support/bench.ts";
import { save, scan } from "../support/driver_versions.ts";
import { pythonTest } from "../support/python.ts";
import { Watch } from "../support/watch.ts";

/** A driver whose version is that of a module beside it, in part. */
const driver = (version: number, more = "") => `
from _scale import FACTOR
${more}

class Scaled:
    """version ${version}"""

    def __init__(self, device_id, offset: float = 1.0):
        self.offset = offset

    def read(self) -> float:
        return self.offset * FACTOR

    def version(self):
        return [${version}, FACTOR]
`;

await pythonTest("the class of the page on basic streaming streams unchanged, and its methods are called", async () => {
  await using bench = await benchOf("basic_streaming.py");
  const [status] = bench.daemon.drivers();
  equal([status.name, status.file, status.status], ["StreamingDAQ", "basic_streaming.py", "loaded"]);
  equal(status.methods?.map(({ name, parameters }) => [name, parameters.map(({ name, type }) => [name, type])]), [
    ["set_high", [["volts", "number"]]],
  ]);
  const { sample_rate: rate } = status.options?.properties as Record<string, Record<string, unknown>>;
  equal([rate.type, rate.default], ["number", 10]);
  match(String(status.sandbox), /^(landlock\b|bubblewrap$|none: )/);

  const device = await bench.daemon.addDevice("daq1", "StreamingDAQ", { high: 2 });
  await device.connect();
  using watch = new Watch(device);
  await device.startStreaming(undefined, { sample_rate: 500 });
  for (let i = 0; i < 20; i++) await watch.sample();
  equal(await device.call("set_high", [3]), 3);
  ok(watch.samples.every((value) => Number(value) >= 0 && Number(value) <= 3));
  await device.stopStreaming();
  const { length } = watch.samples;
  await device.startStreaming(undefined, { sample_rate: 500 });
  await watch.next(({ sequence }) => Number(sequence) >= length + 5);
  await device.disconnect();
  equal(watch.sequences, Array.from(watch.sequences, (_, i) => i));
  equal(watch.events.filter(({ event }) => event === "gap" || event === "stream_error"), []);
  equal(device.status().restarts, 0);
});

await pythonTest(
  "a changed driver in Python, or a module that it imports, is reloaded; one that does not load is not",
  async () => {
    await using bench = await benchOf({ "scaled.py": driver(1), "_scale.py": "FACTOR = 1" });
    const device = await bench.daemon.addDevice("s1", "Scaled", { offset: 5 });
    await device.connect();
    equal(await device.call("version"), [1, 1]);
    using watch = new Watch(device);

    await save(bench, "_scale.py", "FACTOR = 2");
    await scan(bench);
    await watch.next(({ reason, state }) => reason === "reloaded" && state === "connected");
    equal(await device.call("version"), [1, 2]);

    await save(bench, "scaled.py", driver(3, "import package_that_is_nowhere"));
    await scan(bench);
    const [{ error, summary }] = bench.daemon.drivers();
    equal(summary, "version 1");
    match(
      String(error?.message),
      /^Cannot load scaled\.py: No module named 'package_that_is_nowhere'\. Install it with: .*pip install (--python \S+ )?package_that_is_nowhere.* \(scaled\.py:3\)$/,
    );
    const diagnosed = () => {
      const facts = { notReady: [], clockOffsetMs: 0, drivers: bench.daemon.drivers(), devices: [] };
      const [{ subject, culprit, remedy }] = diagnose(facts);
      return { about: [subject, culprit], remedy };
    };
    equal(diagnosed().about, ["scaled.py", "machine"]);
    match(diagnosed().remedy, /Install the Python package/);
    // What was loaded before starts again, though the file has another text.
    await device.disconnect();
    await device.connect();
    equal(await device.call("version"), [1, 2]);

    await save(bench, "scaled.py", driver(3, "class"));
    await scan(bench);
    match(
      String(bench.daemon.drivers()[0].error?.message),
      /^Cannot load scaled\.py: .*invalid syntax.* \(scaled\.py:3\)$/,
    );

    await save(
      bench,
      "scaled.py",
      driver(4, "from labdaemon.driver import driver\n\n@driver(python='envs/absent')").replace("\n\nclass", "\nclass"),
    );
    await scan(bench);
    match(
      String(bench.daemon.drivers()[0].error?.message),
      /its Python environment envs\/absent does not exist\. Make it with: python3 -m venv \/.*\/envs\/absent$/,
    );
    equal(diagnosed().about, ["scaled.py", "machine"]);
    match(diagnosed().remedy, /Run the command/);

    await save(bench, "scaled.py", driver(5));
    await scan(bench);
    await watch.next(({ reason, state }) => reason === "reloaded" && state === "connected");
    equal(await device.call("version"), [5, 2]);
    equal(bench.daemon.drivers()[0].error, undefined);
  },
);
