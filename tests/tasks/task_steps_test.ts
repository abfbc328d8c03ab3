/** Steps that survive: a scan of 200 steps is killed at each boundary. */
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import type { StepLine } from "../../lib/tasks/step_table.ts";
import { TaskSteps } from "../../lib/tasks/task_steps.ts";
import type { OnUnknown } from "../../lib/wire/tasks/task.ts";

const STEPS = 200;

class Killed extends Error {}

/** The disk of a scan: it dies before or after one of its writes. */
class Disk {
  readonly lines: StepLine[] = [];
  writes = 0;
  killAt = Infinity;
  isLost = false;

  appendStep(line: StepLine): Promise<void> {
    const isKilled = ++this.writes === this.killAt;
    if (!isKilled || !this.isLost) this.lines.push({ ...line });
    return isKilled ? Promise.reject(new Killed()) : Promise.resolve();
  }
}

/** One run of the scan: `done` counts what each step did. */
async function scan(disk: Disk, run: number, done: Map<string, number>, onUnknown: OnUnknown, asked: string[] = []) {
  const steps = new TaskSteps({
    store: disk,
    log: { report: () => {} },
    onUnknown: () => onUnknown,
    ask: (_text, _choices, step) => {
      asked.push(step);
      return Promise.resolve("retry");
    },
  }, disk.lines);
  for (let n = 0; n < STEPS; n++) {
    const step = `point ${n}`;
    const answer = await steps.do({ op: "step", step }, run);
    if (answer?.state !== "run") continue;
    done.set(step, (done.get(step) ?? 0) + 1);
    await steps.do({ op: "step_done", step, result: n }, run);
  }
  return steps.counts;
}

for (const isLost of [false, true]) {
  const when = isLost ? "before" : "after";
  Deno.test(`a scan of ${STEPS} steps that is killed ${when} any write does every step once, or declares it`, async () => {
    for (const onUnknown of ["retry", "skip", "ask"] as const) {
      // Every boundary once, and some of them for each decision.
      const every = onUnknown === (isLost ? "retry" : "ask") ? 1 : 23;
      for (let killAt = 1; killAt <= 2 * STEPS; killAt += every) {
        const disk = new Disk();
        Object.assign(disk, { killAt, isLost });
        const done = new Map<string, number>();
        const asked: string[] = [];
        await rejects(scan(disk, 1, done, onUnknown), Killed);
        const counts = await scan(disk, 2, done, onUnknown, asked);
        const where = `${onUnknown}, killed at ${killAt}`;
        const twice = [...done].filter(([, times]) => times > 1).map(([step]) => step);
        // What was done twice, or not at all, is declared.
        ok(twice.every((step) => counts.unknown.includes(step)), where);
        equal(counts.done + counts.skipped, STEPS, where);
        equal(counts.unknown.length <= 1, true, where);
        if (onUnknown === "skip") equal(twice, [], where);
        if (onUnknown === "ask") equal(asked, counts.unknown, where);
        if (onUnknown !== "skip") equal(counts.skipped, 0, where);
      }
    }
  });
}

Deno.test("a scan that is killed again and again does every step once, or declares it", async () => {
  const disk = new Disk();
  const done = new Map<string, number>();
  let run = 0;
  for (let left = true; left;) {
    disk.killAt = disk.writes + 7;
    disk.isLost = run % 2 === 0;
    left = await scan(disk, ++run, done, "retry").then(() => false, () => true);
  }
  const counts = await scan(disk, run + 1, done, "retry");
  equal([counts.done, done.size], [STEPS, STEPS]);
  ok([...done].every(([step, times]) => times === 1 || counts.unknown.includes(step)));
});

Deno.test("a run that asks for a step a second time is refused: it would be done twice", async () => {
  const steps = new TaskSteps({
    store: new Disk(),
    log: { report: () => {} },
    onUnknown: () => "retry",
    ask: () => Promise.resolve("retry"),
  });
  await steps.do({ op: "step", step: "one" }, 1);
  await rejects(steps.do({ op: "step", step: "one" }, 1), { code: "InvalidRequest", message: /a name of its own/ });
});

Deno.test("a step that failed before a crash fails again, with its error", async () => {
  const disk = new Disk();
  const parts = {
    store: disk,
    log: { report: () => {} },
    onUnknown: () => "retry" as const,
    ask: () => Promise.resolve("retry"),
  };
  const first = new TaskSteps(parts);
  await first.do({ op: "step", step: "one" }, 1);
  const error = { type: "FuseError", message: "the fuse is gone" };
  await first.do({ op: "step_failed", step: "one", error }, 1);
  equal(await new TaskSteps(parts, disk.lines).do({ op: "step", step: "one" }, 2), { state: "failed", error });
});
