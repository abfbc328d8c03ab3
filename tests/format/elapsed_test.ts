import { equal } from "node:assert/strict";
import { elapsed, measuredTime } from "../../lib/format/elapsed.ts";

Deno.test("an elapsed time has at most two units", () => {
  const cases: [ms: number, text: string][] = [
    [0, "0.0 s"],
    [640, "0.6 s"],
    [9_949, "9.9 s"],
    [9_950, "10 s"],
    [59_499, "59 s"],
    [59_500, "1 min"],
    [600_000, "10 min"],
    [3_599_000, "1 h"],
    [7_800_000, "2 h 10 min"],
    [86_400_000, "1 d"],
    [100_000_000, "1 d 3 h"],
  ];
  for (const [ms, text] of cases) equal(elapsed(ms), text);
});

Deno.test("a measured time has three digits, or whole milliseconds", () => {
  const cases: [ms: number, text: string][] = [
    [0, "1 ms"],
    [12.3, "12 ms"],
    [999.6, "1.00 s"],
    [59_949, "59.9 s"],
    [59_950, "1 min"],
    [7_800_000, "2 h 10 min"],
  ];
  for (const [ms, text] of cases) equal(measuredTime(ms), text);
});
