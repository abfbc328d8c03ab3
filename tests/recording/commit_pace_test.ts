import { ok } from "node:assert/strict";
import fc from "fast-check";
import { CommitPace } from "../../lib/recording/recorder/commit_pace.ts";

/** The time until all that has come to the recorder is on the disk: with the daemon's part of it, within 250 ms. */
const MAX_STORED_MS = 200;

interface Machine {
  /** What a commit takes, what a timer is late, and what a step beside commits takes, at most. */
  commitMs: number;
  lateMs: number;
  stepMs: number;
  /** The time between two things that come. */
  everyMs: number;
  /** How much of these times each one takes, in turns. */
  parts: number[];
}

/** Runs a recorder's turns on a clock by hand. Returns the longest time from the coming of something to the end of its commit. */
function longest({ commitMs, lateMs, stepMs, everyMs, parts }: Machine) {
  const pace = new CommitPace();
  let turns = 0;
  const part = () => parts[turns++ % parts.length];
  let [now, next, found, steps] = [0, 0, 0, 0];
  let waiting: number[] = [];
  for (let commits = 0; commits < 200; commits++) {
    // Waits for something, takes what has come meanwhile, and what comes until the commit.
    now = Math.max(now, next);
    for (; next <= now; next += everyMs) waiting.push(next);
    const due = pace.due(now);
    now = Math.max(now, due) + lateMs * part();
    for (; next <= now; next += everyMs) waiting.push(next);
    pace.begin(now);
    now += commitMs * part();
    pace.stored(now);
    // The first ones show how long a commit takes.
    if (commits > 10) found = Math.max(found, now - waiting[0]);
    waiting = [];
    while (!pace.isOver(now)) {
      now += stepMs * part();
      steps++;
    }
    pace.worked(now);
  }
  return { ms: found, steps };
}

Deno.test("what comes is stored within 200 ms, even if a commit takes 80 ms, beside the work on older rows", () => {
  const machine = fc.record({
    commitMs: fc.integer({ min: 1, max: 80 }),
    lateMs: fc.constantFrom(0, 2, 8),
    stepMs: fc.constantFrom(2, 10, 25),
    everyMs: fc.constantFrom(0.7, 5, 33, 100, 990),
    parts: fc.array(fc.double({ min: 0.85, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
  });
  fc.assert(
    fc.property(machine, (it) => {
      const { ms, steps } = longest(it);
      ok(ms <= MAX_STORED_MS, `${ms} ms`);
      ok(steps >= 10, "older rows wait for ever");
    }),
    { numRuns: 500, seed: 14 },
  );
});

Deno.test("on a quick disk 160 ms are one commit: a faster pace would only cost bytes", () => {
  const pace = new CommitPace();
  for (let now = 0, i = 0; i < 200; i++) {
    const due = pace.due(now);
    if (i > 100) ok(due - now >= 159, `${due - now} ms`);
    pace.begin(due);
    pace.stored(due + 4);
    now = due + 100;
  }
});

Deno.test("on a machine whose processors are busy, work on older rows delays one commit in twenty at most, and none once it is quiet again", () => {
  fc.assert(
    fc.property(fc.integer({ min: 120, max: 900 }), (stepMs) => {
      const pace = new CommitPace();
      let now = 0;
      const late = (ms: number, turns: number) => {
        let [steps, delayed] = [0, 0];
        for (let i = 0; i < turns; i++) {
          now = pace.due(now);
          const begun = now;
          pace.begin(now);
          now += 4;
          pace.stored(now);
          for (; !pace.isOver(now); now += ms) steps++;
          pace.worked(now);
          if (now > begun + pace.waitMs + 20) delayed++;
        }
        return { steps, delayed };
      };
      const busy = late(stepMs, 2_000);
      ok(busy.steps > 0, "older rows wait for ever");
      ok(busy.delayed <= 2_000 / 20, `${busy.delayed} of 2000 commits of a busy machine are delayed`);
      late(4, 300);
      const quiet = late(4, 100);
      ok(quiet.steps >= 1_000 && quiet.delayed === 0, JSON.stringify(quiet));
    }),
    { numRuns: 50, seed: 14 },
  );
});
