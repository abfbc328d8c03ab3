/** Owners that race for overlapping sets of supplies; `benchmarks/leases.ts` runs it for longer, and measures. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { leaseRace } from "../support/lease_race.ts";
import { pythonTest } from "../support/python.ts";
import { judge, supplyNotes } from "../support/supply_notes.ts";

Deno.test("judge() finds two owners at a time, commands behind an end, and the time that an output stays on", () => {
  const of = (...lines: string[]) => supplyNotes(lines.map((line) => `${line}\n`).join(""));
  equal(judge(of("1 on a-1", "2 off a-1", "3 on b-1", "4 safe it expired", "5 on a-2"), []).faults, []);
  equal(judge(of("1 on a-1", "2 on b-1"), []).faults, ["on of b-1 while a-1 has it"]);
  equal(judge(of("1 on a-1", "2 safe it expired", "3 on a-1"), []).faults, ["on of a-1 behind its end"]);
  equal(judge(of("1 on a-1", "2 safe the daemon has ended", "3 on a-1"), []).faults, []);
  const cut = [{ atMs: 2, how: "cut", owner: "a" }];
  equal(judge(of("1 on a-1", "9 safe it expired"), cut).unsafeMs, [7]);
  equal(judge(of("1 on b-1", "9 safe it expired"), cut).unsafeMs, []);
  equal(judge(of("1 on a-1"), cut).unsafeMs, [Infinity]);
});

await pythonTest(
  "owners that are killed, suspended and cut off never command beside each other, and leave all safe",
  async () => {
    const { findings, disturbances } = await leaseRace(6);
    ok(disturbances.length > 0);
    for (const [id, { turns, faults, unsafeMs }] of findings) {
      equal(faults, [], id);
      ok(turns > 0 && unsafeMs.every(Number.isFinite), `${id}: ${turns} turns`);
    }
  },
);
