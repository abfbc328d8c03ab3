import { equal } from "node:assert/strict";
import { elapsed } from "../../lib/format/elapsed.ts";

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
