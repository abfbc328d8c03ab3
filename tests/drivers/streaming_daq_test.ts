import assert from "node:assert/strict";
import daq from "../../drivers/streaming_daq.ts";
import { describeDriver } from "../../lib/host/runtime/describe.ts";

/** The next `count` samples of a device made from `params`, and the device. */
async function collect(device: ReturnType<typeof daq.create>, count: number): Promise<number[]> {
  const stop = new AbortController();
  const samples: number[] = [];
  for await (const sample of device.stream!(stop.signal, { sample_rate: 10_000 })) {
    samples.push(sample as number);
    if (samples.length === count) stop.abort();
  }
  return samples;
}

const create = (params: Record<string, unknown> = {}) => daq.create(daq.params.parse(params));

Deno.test("StreamingDAQ yields values from 0 to 10, not always the same", async () => {
  const samples = await collect(create(), 200);
  assert.equal(samples.length, 200);
  assert.ok(samples.every((value) => value >= 0 && value < 10));
  assert.ok(new Set(samples).size > 190);
  assert.ok(samples.some((value) => value < 3) && samples.some((value) => value > 7));
});

Deno.test("StreamingDAQ reaches up to the end that it was made with", async () => {
  const samples = await collect(create({ high: 2 }), 200);
  assert.ok(samples.every((value) => value < 2) && samples.some((value) => value > 1));
});

Deno.test("StreamingDAQ takes a new upper end while it streams", async () => {
  const device = create();
  const stop = new AbortController();
  const stream = device.stream!(stop.signal, { sample_rate: 10_000 })[Symbol.asyncIterator]();
  await stream.next();
  await daq.methods.set_high.run(device, { volts: 0 }, { signal: stop.signal });
  assert.equal((await stream.next()).value, 0);
  stop.abort();
  assert.equal((await stream.next()).done, true);
});

Deno.test("StreamingDAQ keeps one device's upper end from another's", async () => {
  const [one, other] = [create(), create()];
  await daq.methods.set_high.run(one, { volts: 0 }, { signal: new AbortController().signal });
  assert.ok((await collect(other, 50)).some((value) => value > 0));
});

Deno.test("StreamingDAQ streams at 10 Hz unless asked otherwise, and at no rate of 0", () => {
  assert.deepEqual(daq.options.parse({}), { sample_rate: 10 });
  assert.equal(daq.options.safeParse({ sample_rate: 0 }).success, false);
  assert.equal(daq.options.safeParse({ rate: 10 }).success, false);
});

Deno.test("StreamingDAQ asks for no permission and declares its units", () => {
  assert.deepEqual(daq.permissions({}), {});
  const { sample, methods } = describeDriver(daq);
  assert.equal(sample?.unit, "V");
  assert.deepEqual(methods[0].parameters, [
    { name: "volts", type: "number", required: true, unit: "V", description: "The new upper end" },
  ]);
});
