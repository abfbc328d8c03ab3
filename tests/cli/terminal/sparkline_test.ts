import { equal } from "node:assert/strict";
import { sparkline } from "../../../lib/cli/terminal/sparkline.ts";

Deno.test("a sparkline spans from the smallest to the largest number, with a blank for NaN", () => {
  equal(sparkline([]), "");
  equal(sparkline([5, 5]), "▄▄");
  equal(sparkline([-1, NaN, 0, 1]), "▁ ▅█");
});

Deno.test("a spike in a long waveform is visible in a short sparkline", () => {
  const wave = new Array(1_000_000).fill(0);
  wave[500_001] = 1;

  equal(sparkline(wave, 4), "▁▁█▁");
  equal(sparkline([NaN, NaN, 1, 2], 2), " ▄");
  equal(sparkline([1, 2], 0), "");
});
