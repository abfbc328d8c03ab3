import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { SampleBlock } from "labdaemon/driver";
import { Signal } from "../../drivers/_signal.ts";
import generator from "../../drivers/waveform_generator.ts";

const SETTINGS = {
  shape: "sine" as const,
  amplitude: 1,
  frequency: 1,
  offset: 0,
  duty: 0.5,
  end_frequency: 10,
  sweep_time: 1,
};

/** The first values at 100 Hz. */
function values(settings: Partial<typeof SETTINGS> | Record<string, unknown>, count: number, seed = 0) {
  const signal = new Signal({ ...SETTINGS, ...settings }, { seed });
  return Array.from({ length: count }, () => signal.next(0.01));
}

Deno.test("a square is high for its duty, a sine returns after a period", () => {
  equal(values({ shape: "square", duty: 0.25, offset: 5 }, 100).filter((value) => value === 6).length, 25);
  const sine = values({}, 101);
  ok(Math.abs(sine[25] - 1) < 1e-9 && Math.abs(sine[75] + 1) < 1e-9 && Math.abs(sine[100]) < 1e-9);
});

Deno.test("noise stays within its amplitude, and the same seed gives the same noise", () => {
  const noise = values({ shape: "noise", amplitude: 2, offset: 1 }, 1_000, 7);
  ok(noise.every((value) => value >= -1 && value < 3));
  ok(Math.abs(noise.reduce((sum, value) => sum + value) / 1_000 - 1) < 0.1);
  equal(noise, values({ shape: "noise", amplitude: 2, offset: 1 }, 1_000, 7));
  ok(noise[0] !== values({ shape: "noise", amplitude: 2, offset: 1 }, 1, 8)[0]);
});

Deno.test("a chirp rises to its end frequency, and begins again", () => {
  const chirp = values({ shape: "chirp", frequency: 1, end_frequency: 10, sweep_time: 1 }, 150);
  // phase(t) = t + 4.5 t² periods.
  for (const [i, value] of chirp.slice(0, 100).entries()) {
    const t = i / 100;
    ok(Math.abs(value - Math.sin(2 * Math.PI * (t + 4.5 * t * t))) < 1e-9);
  }
  ok(Math.abs(chirp[110] - chirp[10]) < 1e-9);
});

Deno.test("WaveformGenerator gives blocks that follow each other", async () => {
  const device = generator.create(generator.params.parse({ shape: "square" }));
  const stop = new AbortController();
  const blocks: SampleBlock[] = [];
  for await (const each of device.stream!(stop.signal, { sample_rate: 100_000, block_size: 10 })) {
    blocks.push(each as SampleBlock);
    if (blocks.length === 3) stop.abort();
  }
  // At 100 kHz, 10 samples at a time would be 10,000 blocks a second.
  equal(blocks.map(({ t0, dt, length }) => [t0 % 1, dt, length]), Array(3).fill([0, 0.01, 100]));
});

Deno.test("WaveformGenerator asks for no permission, and has units and limits", () => {
  equal(generator.permissions({}), {});
  equal(generator.options.safeParse({ sample_rate: 1e6 + 1 }).success, false);
  equal(generator.params.safeParse({ shape: "triangle" }).success, false);
});
