import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { loadBench } from "../../lib/bench/load_bench.ts";
import { connectBench, openBench } from "../../lib/bench/open_bench.ts";
import { until } from "../support/until.ts";

Deno.test("the bench of `deno task demo` streams, moves, and has a sensor that fails", async () => {
  const folder = await Deno.makeTempDir();
  const bench = await loadBench(new URL("../../examples/demo/bench.yaml", import.meta.url).pathname);
  const faulty = bench.devices.find(({ id }) => id === "sensor1")!;
  faulty.params = { good_for: 0.1 };
  const daemon = await openBench({ ...bench, data: folder });
  try {
    await connectBench(daemon, bench);
    const stateOf = (id: string) => daemon.getDevice(id).status();
    await until("each device streams", () => daemon.devices().every(({ id }) => stateOf(id).stream.sequence > 0));
    const sensor = () => stateOf("sensor1").last_error?.message ?? "";
    await until("the sensor fails", () => sensor().includes("is its cable in?"));
    equal(await daemon.getDevice("psu1").setProperty("voltage", 3.3), 3.3);
    equal(await daemon.getDevice("stage1").call("move_to", [22]), 22);
    await daemon.getDevice("psu1").makeSafe("the test ends");
    equal(await daemon.getDevice("psu1").getProperty("output"), false);
    ok(bench.devices.some(({ alarms }) => alarms.length > 0));
  } finally {
    await daemon.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});
