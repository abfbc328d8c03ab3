import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Stamped } from "labdaemon/driver";
import { Signal, type SignalSettings } from "../../drivers/_signal.ts";
import sine from "../../drivers/sine_generator.ts";

async function collect(params: Record<string, unknown>, sample_rate: number, count: number) {
  const device = sine.create(sine.params.parse(params));
  const stop = new AbortController();
  const samples: Stamped<number>[] = [];
  for await (const sample of device.stream!(stop.signal, { sample_rate })) {
    samples.push(sample as Stamped<number>);
    if (samples.length === count) stop.abort();
  }
  return samples;
}

Deno.test("SineGenerator gives the sine of each sample's time", async () => {
  const samples = await collect({ amplitude: 2, frequency: 440, offset: 1, phase: 90 }, 20_000, 100);
  equal(samples.length, 100);
  for (const { time, value } of samples) {
    ok(Math.abs(value - (1 + 2 * Math.cos(2 * Math.PI * 440 * time / 1000))) < 1e-9);
  }
});

Deno.test("SineGenerator changes its frequency without a jump", async () => {
  const device = sine.create(sine.params.parse({ frequency: 5 })) as unknown as { sine: SignalSettings };
  const source = new Signal(device.sine);
  const values = Array.from({ length: 100 }, () => source.next(1e-4));
  await sine.properties.frequency.set!(device, 50, { signal: new AbortController().signal });
  equal(await sine.properties.frequency.get!(device, { signal: new AbortController().signal }), 50);
  values.push(...Array.from({ length: 100 }, () => source.next(1e-4)));
  const steps = values.slice(1).map((value, i) => Math.abs(value - values[i]));
  ok(Math.max(...steps) < 2 * Math.PI * 50 * 1e-4 + 1e-9);
});

Deno.test("SineGenerator asks for no permission, and has units and limits", () => {
  equal(sine.permissions({}), {});
  equal(sine.options.safeParse({ sample_rate: 20_001 }).success, false);
  equal(sine.params.safeParse({ amplitude: -1 }).success, false);
  equal(sine.params.safeParse({ amplitud: 1 }).success, false);
});
