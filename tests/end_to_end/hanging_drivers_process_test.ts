import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";

interface Drivers {
  drivers: { file: string; error?: { type: string } }[];
}

/** Two of six take all of two cores; the others wait for something that never comes, as in an SDK. */
const HANGS = ["for (;;);", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"];

Deno.test("six driver files that hang while they are imported do not delay the devices of another driver", async () => {
  const loops = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`a_loop${i}.ts`, HANGS[i < 2 ? 0 : 1]]));
  const device = { id: "daq1", driver: "StreamingDAQ", streaming: "always" };
  await using bench = await serveBench(JSON.stringify({ devices: [device] }), {
    drivers: [loops, "streaming_daq.ts"],
    isHasty: true,
  });
  await using reader = await bench.open("/stream?devices=daq1");
  await reader.sample();
  const { drivers } = await bench.ask<Drivers>("GET /drivers");
  const loading = drivers.filter(({ error }) => error?.type === "DriverStillLoads").map(({ file }) => file);
  ok(loading.length > 0, JSON.stringify(drivers.map(({ file, error }) => [file, error?.type])));
  equal(drivers.find(({ file }) => file === "streaming_daq.ts")?.error, undefined);
});
