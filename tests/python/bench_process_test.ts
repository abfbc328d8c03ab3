/** The objects of the Python package over a real daemon. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { python, pythonTest } from "../support/python.ts";
import { serveBench } from "../support/served_bench.ts";

const BENCH = `
devices:
  - { id: daq1, driver: StreamingDAQ }
  - { id: count1, driver: Counter, options: { sample_rate: 200 } }
`;

const PROGRAM = `
import asyncio, inspect, json, sys
from labdaemon import AsyncBench, Bench

bench = Bench(sys.argv[1])
daq = bench["daq1"].connect()
daq.high = 4
found = {"devices": sorted(bench), "high": daq.high, "completed": "set_high" in dir(daq)}
found["signature"] = str(inspect.signature(daq.set_high))
daq.set_high(2)
found["set"] = daq.get("high")
found["refused"] = []
for misuse in (lambda: setattr(daq, "hihg", 3), lambda: setattr(daq, "high", -1), lambda: bench["daq9"]):
    try:
        misuse()
    except Exception as error:
        found["refused"].append([type(error).__name__, str(error)])

with bench["count1"].stream(sample_rate=100) as stream:
    found["streamed"] = [next(stream).sequence for _ in range(20)]
collected = daq.collect(samples=5, sample_rate=100)
found["values"] = collected.values
found["units"] = collected.units
found["panel"] = daq._repr_html_()
found["table"] = bench._repr_html_()

with daq.columns(sample_rate=5000, gaps="ignore") as blocks:
    block = next(each for each in blocks if len(each) > 3)
    found["columns"] = [len(block.values) == len(block), min(block.values) >= 0, max(block.values) <= 4]

async def main():
    async with AsyncBench(sys.argv[1]) as bench:
        daq = bench["daq1"]
        await daq.set_high(volts=3)
        async with bench.stream("daq1", "count1") as stream:
            ids = set()
            while len(ids) < 2:
                ids.add((await stream.__anext__()).device_id)
        return [await daq.high, sorted(ids)]

found["asynchronous"] = asyncio.run(main())
bench.add("mine", "StreamingDAQ", high=7)
found["mine"] = bench["mine"].info()["params"]
bench.remove("mine")
print(json.dumps(found))
`;

await pythonTest("Bench and AsyncBench use the devices of the daemon", async () => {
  await using bench = await serveBench(BENCH, { drivers: ["streaming_daq.ts", "counter.ts"] });
  const { code, stdout, stderr } = await python("-c", PROGRAM, bench.url);
  equal(code, 0, stderr);
  const { values, panel, table, streamed, refused, ...found } = JSON.parse(stdout);
  equal(found, {
    devices: ["count1", "daq1"],
    high: 4,
    completed: true,
    signature: "(volts: float)",
    set: 2,
    columns: [true, true, true],
    units: { value: "V" },
    asynchronous: [3, ["count1", "daq1"]],
    mine: { high: 7 },
  });
  ok(values.length === 5 && values.every((value: number) => value >= 0 && value < 2), String(values));
  equal(streamed, streamed.map((_: unknown, i: number) => streamed[0] + i));
  equal(refused.map(([type]: [string]) => type), ["AttributeError", "InvalidRequestError", "UnknownDevice"]);
  match(refused[0][1], /did you mean high\?/);
  match(panel, /daq1: StreamingDAQ, streaming.*high.*<td[^>]*>V<\/td>/);
  match(table, /count1.*Counter/);

  const example = await python("examples/python_bench.py", "--url", bench.url, "--seconds", "1");
  equal(example.code, 0, example.stderr);
  match(example.stdout, /^daq1 measures up to 5 V\nCollected \d+ samples, 0 gaps; mean \S+ V\n$/);
});
