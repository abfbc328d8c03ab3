import { deepStrictEqual as equal } from "node:assert/strict";
import { parseBench } from "../../lib/bench/load_bench.ts";
import { connectBench, openBench } from "../../lib/bench/open_bench.ts";
import { fakeInstrument } from "../../lib/testing/mod.ts";
import { folderOf } from "../support/folder_of.ts";
import { Watch } from "../support/watch.ts";

Deno.test("a device of the bench file has the keys of a YAML driver itself", async () => {
  await using meter = fakeInstrument({ answers: { "MEAS?": "1.25" } });
  using folder = folderOf({});
  const text = `devices:
  - id: meter-1
    transport: scpi
    values: { voltage: { ask: "MEAS?", unit: V } }
    params: { host: 127.0.0.1, port: ${meter.port} }
    streaming: always
    options: { sample_rate: 10 }
  - id: broken
    driver: Broken
    transport: scpi
    values: { voltage: { aks: "MEAS?" } }
    enabeld: false
`;
  const bench = parseBench(text, `${folder.path}/bench.yaml`);
  await using daemon = await openBench({ ...bench, drivers: folder.path });
  const [device, broken] = daemon.devices();
  equal([device.type, broken.type], ["Meter1", "Broken"]);
  using brokenWatch = new Watch(broken);
  if (broken.state !== "faulted") await brokenWatch.state("faulted");
  equal(daemon.drivers().map(({ name, file, sample }) => [name, file, sample !== null]), [[
    "Meter1",
    "bench.yaml",
    true,
  ]]);
  const lines = broken.lastError!.message.replaceAll(folder.path, "").split("\n");
  equal(lines.map((line) => line.slice(0, 50)), [
    "/bench.yaml:11:24: key devices[1].values.voltage.a",
    "/bench.yaml:11:26: key devices[1].values.voltage.a",
    "/bench.yaml:12:5: key devices[1].enabeld: expected",
  ]);

  using watch = new Watch(device);
  await connectBench(daemon, bench);
  equal((await watch.sample()).payload, { voltage: 1.25 });
});
