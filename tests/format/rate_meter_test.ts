import { equal } from "node:assert/strict";
import { RateMeter } from "../../lib/format/rate_meter.ts";

Deno.test("a rate counts sequence numbers, also of samples that did not arrive", () => {
  const meter = new RateMeter();
  equal(meter.rate, undefined);
  meter.add(0, 1_000);
  equal(meter.rate, undefined);
  meter.add(50, 1_500);
  equal(meter.rate, 100);
});

Deno.test("a rate covers the last five seconds", () => {
  const meter = new RateMeter();
  for (let second = 0; second <= 20; second++) meter.add(Math.max(0, second - 10) * 7, second * 1_000);
  equal(meter.rate, 7);
});

Deno.test("a new epoch, a smaller sequence and a clock set back begin a new measurement", () => {
  const next: Parameters<RateMeter["add"]>[] = [[900, 2_000, "b"], [3, 2_000, "a"], [900, 500, "a"]];
  for (const reading of next) {
    const meter = new RateMeter();
    meter.add(100, 1_000, "a");
    meter.add(...reading);
    equal(meter.rate, undefined);
  }
});
