import { deepStrictEqual as equal } from "node:assert/strict";
import { serveBench } from "../support/served_bench.ts";

const READERS = 100;
const SAMPLES = 1_500;

Deno.test("100 readers of a device at 1 kHz receive every sample, in order and without a gap", async () => {
  const bench = "devices: [{ id: count1, driver: Counter, options: { sample_rate: 1000 } }]";
  await using served = await serveBench(bench, { drivers: ["counter.ts"] });
  const answers = await Promise.all(
    Array.from({ length: READERS }, () => fetch(`${served.url}/stream/devices/count1`)),
  );
  equal((await served.ask<{ stream: { readers: number } }>("GET /devices/count1")).stream.readers, READERS);
  const results = await Promise.all(answers.map(({ body }) => readSamples(body!)));
  for (const { first, count, broken, others } of results) {
    equal([broken, others.filter((event) => event !== "device_state")], [[], []]);
    equal([count >= SAMPLES, Number.isInteger(first)], [true, true]);
  }
});

/** Reads some samples: where the numbers began, where they did not continue by one, and the names of all other events. */
async function readSamples(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const others: string[] = [];
  const broken: [number, number][] = [];
  let first = NaN;
  let last = NaN;
  let count = 0;
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith("event: ") && line !== "event: device_data") others.push(line.slice(7));
      if (!line.startsWith("data: ") || !line.includes('"device_data"')) continue;
      const sequence = Number(/"sequence":(\d+)/.exec(line)![1]);
      if (count++ === 0) first = sequence;
      else if (sequence !== last + 1) broken.push([last, sequence]);
      last = sequence;
    }
    if (count >= SAMPLES) break;
  }
  return { first, count, broken, others };
}
