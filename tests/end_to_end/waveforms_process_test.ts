import { deepStrictEqual as equal } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";

const POINTS = 1_000_000;

Deno.test("waveforms of a million points arrive complete, as JSON and as base64, while another device loses nothing", async () => {
  // Some samples fit into the ring: a reader on a busy machine loses none.
  const ring = "ring: { max_bytes: 268435456 }";
  const bench = `
devices:
  - { id: json1, driver: Waves, params: { points: ${POINTS} }, ${ring} }
  - { id: base1, driver: Waves, params: { points: ${POINTS} }, arrays: base64, ${ring} }
  - { id: count1, driver: Counter, options: { sample_rate: 100 } }
`;
  await using served = await serveBench(bench, { drivers: ["waves.ts", "counter.ts"] });
  await using counts = await served.open("/stream/devices/count1");
  const { sequence: first } = await counts.sample();

  await using json = await served.open("/stream/devices/json1");
  await using base = await served.open("/stream/devices/base1");
  for (const n of [0, 1]) {
    const points = (await json.sample()).payload as number[];
    equal([points.length, points[0], points[POINTS / 2]], [POINTS, n, n + 0.5]);
    const { dtype, shape, base64 } = (await base.sample()).payload as {
      dtype: string;
      shape: number[];
      base64: string;
    };
    equal([dtype, shape], ["float32", [POINTS]]);
    const values = new Float32Array(Uint8Array.fromBase64(base64).buffer);
    equal([values.length, values[0], values[POINTS / 2]], [POINTS, n, n + 0.5]);
  }

  for (let i = 1; i <= 50; i++) equal((await counts.sample()).sequence, first! + i);
  equal(counts.events.filter(({ event }) => event === "gap"), []);
});
