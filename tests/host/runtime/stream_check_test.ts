import { deepEqual, equal, match } from "node:assert/strict";
import { block, stamped } from "labdaemon/driver";
import { z } from "zod";
import { type DeclaredStream, StreamCheck } from "../../../lib/host/runtime/stream_check.ts";
import { fakeTime } from "../../support/time.ts";

/** Yields `make(i)` every `ms` for `seconds`, and returns what is warned of. */
async function warnings(
  { sample, rate, waveforms, lines = {} }: Partial<DeclaredStream>,
  make: (i: number) => unknown,
  { ms = 100, seconds = 10, samples = 1 } = {},
) {
  using time = fakeTime();
  const found: [string, string | null][] = [];
  const check = new StreamCheck({ sample, rate, waveforms, lines }, new Set(), (...it) => found.push(it));
  for (let i = 0; i * ms < seconds * 1000; i++) {
    check.took(make(i), samples);
    await time.tick(ms);
  }
  return found;
}

Deno.test("a rate a thousand times the one that was asked for is a warning that names the line", async () => {
  // every(1 / sample_rate) with its unit forgotten: some 5,000 samples a second where 5 were asked.
  const found = await warnings({ rate: 5, lines: { pace: "my_daq.ts:14" } }, () => 0, {
    ms: 1,
    seconds: 6,
    samples: 5,
  });
  deepEqual(found, [[
    "RateMismatch",
    "It gives 5,000 samples per second, where sample_rate asks for 5: every() takes milliseconds: " +
    "every(1000 / sample_rate, signal) (my_daq.ts:14)",
  ]]);
});

Deno.test("a rate that is a little off, or off for a moment, is no warning", async () => {
  deepEqual(await warnings({ rate: 10 }, () => 0, { ms: 70 }), []);
  deepEqual(await warnings({ rate: 10 }, () => 0, { ms: 140 }), []);
  deepEqual(await warnings({ rate: 10 }, () => 0, { ms: 10, seconds: 2 }), []);
  deepEqual(await warnings({ rate: undefined }, () => 0, { ms: 10 }), []);
  deepEqual(await warnings({ rate: 0.1 }, () => 0, { ms: 10_000, seconds: 200 }), []);
});

Deno.test("a rate that is right again ends the warning", async () => {
  const found = await warnings({ rate: 10 }, () => 0, { ms: 400, seconds: 20 });
  match(found[0][1]!, /^It gives 2\.5 samples per second, where sample_rate asks for 10: .* slower/);
  using time = fakeTime();
  const over: unknown[] = [];
  const check = new StreamCheck(
    { sample: undefined, rate: 10, waveforms: undefined, lines: {} },
    new Set(["RateMismatch"]),
    (...it) => over.push(it),
  );
  for (let i = 0; i < 100; i++) {
    check.took(0, 1);
    await time.tick(100);
  }
  deepEqual(over, [["RateMismatch", null]]);
});

Deno.test("where samples are waveforms, sample_rate may mean their values", async () => {
  const trace = new Float32Array(1_000);
  deepEqual(await warnings({ rate: 10_000 }, () => trace, { ms: 100 }), []);
  deepEqual(await warnings({ rate: 10 }, () => trace, { ms: 100 }), []);
});

Deno.test("samples of another schema are a warning that names the line and the place", async () => {
  const sample = z.object({ x: z.number().max(10), y: z.number().nullable() });
  const found = await warnings({ sample, lines: { sample: "my_daq.ts:9" } }, () => ({ x: "1", y: 2 }));
  equal(found.length, 1);
  match(
    found[0][1]!,
    /^Its samples do not fit the schema that its driver declares as sample \(my_daq\.ts:9\): x: .*expected a number.*, in \{"x":"1","y":2\}$/,
  );
});

Deno.test("NaN, typed arrays, dates, stamped values and blocks fit the schemas that describe their JSON", async () => {
  const fits = async (sample: z.ZodType, value: unknown, samples = 1) =>
    deepEqual(await warnings({ sample }, () => value, { samples }), []);
  await fits(z.number(), NaN);
  await fits(z.object({ x: z.number() }), { x: Infinity });
  await fits(z.array(z.number()), Float32Array.of(1, NaN));
  await fits(z.string(), new Date(0));
  await fits(z.number(), stamped(0, 1));
  await fits(z.number(), block({ t0: 0, dt: 1, values: [1, 2] }), 2);
  await fits(z.number(), block({ t0: 0, dt: 1, values: [1] }));
  await fits(z.object({ a: z.number() }), block({ t0: 0, dt: 1, values: { a: [1, 2] } }), 2);
});

Deno.test("a schema that throws is not the stream's failure", async () => {
  const sample = z.number().refine(() => {
    throw new Error("defect");
  });
  deepEqual(await warnings({ sample }, () => 1), []);
});
