/** Tasks in this process: their states, their devices, and what is kept of them. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { z } from "zod";
import { messageOf } from "../../lib/errors.ts";
import { defineTask, deviceParam } from "../../lib/task/mod.ts";
import { TaskStore } from "../../lib/tasks/task_store.ts";
import { taskBench } from "../support/task_bench.ts";
import { until } from "../support/until.ts";

const supply = z.object({ supply: deviceParam().default("psu1") });

/** Sets a voltage and measures it, then waits as long as `hold` does. */
const ramp = (hold: () => Promise<unknown> = () => Promise.resolve()) =>
  defineTask({
    name: "Ramp",
    params: supply.extend({ points: z.number().default(3) }),
    parameters: z.object({ factor: z.number().default(1) }),
    async run(context) {
      const psu = context.device(context.params.supply);
      const read: unknown[] = [];
      for (let n = 1; n <= context.params.points; n++) {
        read.push(
          await context.step(`point ${n}`, async () => {
            await psu.set("voltage", n);
            return await psu.call("measure", context.parameters.factor);
          }),
        );
        await context.save(`point ${n}`, { x: n, y: read.at(-1) });
        await context.progress(n / context.params.points, `${n} V`);
        await hold();
        await context.checkpoint();
      }
      await context.note("the ramp is done");
      return { read };
    },
  });

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

Deno.test("a task sets, measures, saves and returns; its devices are then free, and stay as they are", async () => {
  await using bench = await taskBench([ramp()]);
  const task = await bench.start({ task_type: "Ramp" });
  const { result, status, running, exception, steps, device_ids, progress, log } = await bench.ended(task);
  equal({ result, status, running, exception }, {
    ...{ result: { read: [1, 2, 3] }, status: "completed", running: false, exception: null },
  });
  equal({ steps, device_ids, progress }, {
    steps: { done: 3, failed: 0, skipped: 0, unknown: [], last: "point 3" },
    device_ids: ["psu1"],
    progress: { fraction: 1, text: "3 V" },
  });
  equal(log.map(({ text }) => text), ["started: by alice", "note: the ramp is done", "completed"]);
  equal(bench.notes, ["task1: the ramp is done"]);
  equal(bench.calls, ["set 1", "set 2", "set 3"]);
  equal(bench.daemon.getDevice("psu1").status().owned_by, null);
  const { rows, next } = await task.store.readData(0);
  equal(rows.map(({ step, data }) => [step, data]), [1, 2, 3].map((n) => [`point ${n}`, { x: n, y: n }]));
  equal(await task.store.readData(next), { rows: [], next });
});

Deno.test("a task owns its devices while it runs: another task and another lease are refused", async () => {
  const held = gate();
  await using bench = await taskBench([ramp(() => held.promise)]);
  const task = await bench.start({ task_type: "Ramp" });
  equal(bench.daemon.getDevice("psu1").status().owned_by, "task1");
  await rejects(bench.start({ task_type: "Ramp", task_id: "task2" }), { code: "DeviceInUse" });
  await rejects(bench.tasks.start({ task_id: "task1", task_type: "Ramp" }, { name: "bob", devices: null }), {
    code: "TaskExists",
  });
  equal(bench.tasks.all.map(({ id }) => id), ["task1"]);
  const other = await bench.start({ task_type: "Ramp", task_id: "task3", params: { supply: "psu2" } });
  held.open();
  equal((await bench.ended(task)).status, "completed");
  equal((await bench.ended(other)).status, "completed");
});

Deno.test("a task cannot start with wrong params, an unknown device or type, or another one's device", async () => {
  await using bench = await taskBench([ramp()]);
  await rejects(bench.start({ task_type: "Ramp", params: { points: "many" } }), { code: "InvalidRequest" });
  await rejects(bench.start({ task_type: "Ramp", params: { supply: "psu9" } }), { code: "DeviceNotFound" });
  await rejects(bench.start({ task_type: "Sweep" }), { code: "TaskTypeNotFound", message: /known types are Ramp/ });
  await rejects(bench.start({ task_type: "Ramp" }, ["psu2"]), { code: "Forbidden" });
  equal(bench.tasks.all, []);
  equal(bench.daemon.getDevice("psu1").status().owned_by, null);
});

Deno.test("a task that throws has failed with its error, and its devices are safe", async () => {
  const Broken = defineTask({
    name: "Broken",
    params: supply,
    run: async (context) => await context.device(context.params.supply).call("fail"),
  });
  await using bench = await taskBench([Broken]);
  const task = await bench.start({ task_type: "Broken" });
  const { status, result, exception } = await bench.ended(task);
  equal({ status, result }, { status: "failed", result: null });
  equal([exception?.error.type, exception?.error.message], ["FuseError", "the fuse is gone"]);
  equal([exception?.error.context.task_id, exception?.error.context.device_id], ["task1", "psu1"]);
  equal(bench.calls, ["safe"]);
  equal(task.error?.type, "FuseError");
  await task.clearError();
  equal(task.error, null);
});

Deno.test("a paused task waits at its checkpoint and keeps its devices; resumed, it goes on", async () => {
  const held = gate();
  await using bench = await taskBench([ramp(() => held.promise)]);
  const task = await bench.start({ task_type: "Ramp" });
  await until("the first point", () => task.status().progress?.text === "1 V");
  await task.pause();
  equal(task.status().pausing, true);
  held.open();
  await until("the checkpoint", () => task.status().status === "paused");
  equal([bench.calls, bench.daemon.getDevice("psu1").status().owned_by], [["set 1"], "task1"]);
  await task.continue();
  equal((await bench.ended(task)).status, "completed");
  await rejects(task.pause(), { code: "TaskNotRunning" });
});

Deno.test("a cancelled task ends at its checkpoint, may return something, and its devices are safe", async () => {
  const Waits = defineTask({
    name: "Waits",
    params: supply,
    async run(context) {
      try {
        await context.delay(1_000_000);
      } catch {
        return { status: "cancelled" };
      }
    },
  });
  await using bench = await taskBench([Waits, ramp()]);
  const task = await bench.start({ task_type: "Waits" });
  await task.cancel();
  const { status, result, exception } = await bench.ended(task);
  equal({ status, result, exception }, { status: "cancelled", result: { status: "cancelled" }, exception: null });
  equal(bench.calls, ["safe"]);
  const paused = await bench.start({ task_type: "Ramp", task_id: "task2" });
  await paused.pause();
  await paused.cancel();
  equal((await bench.ended(paused)).status, "cancelled");
});

Deno.test("parameters change what a task does, and are checked", async () => {
  const held = gate();
  await using bench = await taskBench([ramp(() => held.promise)]);
  const task = await bench.start({ task_type: "Ramp" });
  equal(await task.parameters(), { factor: 1 });
  await until("the first point", () => task.status().progress?.text === "1 V");
  equal(await task.setParameter("factor", 10), 10);
  await rejects(task.setParameter("factor", "ten"), { message: /Cannot set the parameter "factor"/ });
  await rejects(task.setParameter("speed", 1), { message: /there is no such parameter; known are factor/ });
  held.open();
  equal((await bench.ended(task)).result, { read: [1, 20, 30] });
});

Deno.test("a task whose lease an administrator breaks has failed, and commands nothing more", async () => {
  const held = gate();
  await using bench = await taskBench([ramp(() => held.promise)]);
  const task = await bench.start({ task_type: "Ramp" });
  await until("the first point", () => task.status().progress?.text === "1 V");
  const [{ lease_id }] = bench.leases.list().leases;
  await bench.leases.break(lease_id, "smoke");
  held.open();
  const { status, exception } = await bench.ended(task);
  equal([status, exception?.error.type], ["failed", "LeaseEnded"]);
  match(exception!.error.message, /smoke/);
  equal(bench.calls, ["set 1", "safe"]);
});

Deno.test("a task reads the samples of a device, and events report what it does", async () => {
  const Reads = defineTask({
    name: "Reads",
    params: supply,
    async run(context) {
      const got: unknown[] = [];
      for await (const { payload } of context.device(context.params.supply).stream()) {
        if (got.push(payload) === 3) break;
      }
      await context.step("only", () => "done");
      return got.length;
    },
  });
  await using bench = await taskBench([Reads]);
  const end = new AbortController();
  const changes: string[] = [];
  const following = (async () => {
    for await (const event of bench.daemon.getDevice("psu1").events({ passive: true, signal: end.signal })) {
      if (event.event === "task") changes.push(event.change);
    }
  })();
  const task = await bench.start({ task_type: "Reads" });
  equal((await bench.ended(task)).result, 3);
  await until("the last event", () => changes.includes("completed"));
  end.abort();
  await following;
  equal(changes, ["started", "step_begun", "step_done", "completed"]);
});

Deno.test("the last 20 tasks that have ended are kept, with their results, also by the next daemon", async () => {
  await using bench = await taskBench([defineTask({ name: "Quick", run: () => "done" })]);
  for (let n = 1; n <= 22; n++) await bench.ended(await bench.start({ task_type: "Quick", task_id: `t${n}` }));
  equal(bench.tasks.all.length, 20);
  await rejects(Promise.try(() => bench.tasks.get("t2")), { code: "TaskNotFound" });
  await until(
    "their folders",
    async () => (await Array.fromAsync(Deno.readDir(`${bench.folder}/tasks`))).length === 20,
  );
  await bench.stop();
  await using next = await taskBench([], bench.folder);
  await next.tasks.open();
  equal(next.tasks.all.length, 20);
  const { result, status } = next.tasks.get("t22").detail();
  equal({ result, status }, { result: "done", status: "completed" });
});

Deno.test("a task that is to be recorded has a recording of its devices, which ends with it", async () => {
  await using bench = await taskBench([ramp()]);
  const task = await bench.start({ task_type: "Ramp", record: true });
  equal(task.status().recording_id, "task1-recording");
  await bench.ended(task);
  equal(bench.recorded, ["start task1: psu1", "stop task1-recording"]);
  await rejects(bench.start({ task_id: "task2", task_type: "Ramp", record: true, params: { supply: "psu9" } }));
  equal(bench.recorded.length, 2);
});

Deno.test("a task goes on in the next daemon behind its last step, with its lease and its parameters", async () => {
  let held = gate();
  const Ramp = ramp(() => held.promise);
  await using bench = await taskBench([Ramp]);
  const task = await bench.start({ task_type: "Ramp" });
  await until("the first point", () => task.status().progress?.text === "1 V");
  await task.setParameter("factor", 10);
  await bench.stop();
  held.open();
  held = gate();
  held.open();
  await using next = await taskBench([Ramp], bench.folder);
  await next.tasks.open();
  const resumed = next.tasks.get("task1");
  equal(next.daemon.getDevice("psu1").status().owned_by, "task1");
  const { result, restarts, status } = await next.ended(resumed);
  equal({ result, restarts, status }, { result: { read: [1, 20, 30] }, restarts: 1, status: "completed" });
  equal(next.calls, ["set 2", "set 3"]);
});

Deno.test("the data of a task whose task.json is missing was removed: it stays, and the file is named", async () => {
  await using bench = await taskBench([]);
  const [begun, started] = ["20260101-00", "20260101-01"].map((name) => `${bench.folder}/tasks/${name}`);
  for (const folder of [begun, started]) await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${started}/data.jsonl`, "{}\n");
  const failed: string[] = [];
  await TaskStore.readAll(`${bench.folder}/tasks`, (file, error) => failed.push(`${file}: ${messageOf(error)}`));
  equal(failed, [`${started}/task.json: it is missing, and data.jsonl is there`]);
  equal([...Deno.readDirSync(`${bench.folder}/tasks`)].map(({ name }) => name), ["20260101-01"]);
});

Deno.test("a step that began before a crash is decided by a person", async () => {
  const done: number[] = [];
  const Ask = defineTask({
    name: "Ask",
    async run(context) {
      const first = await context.step("first", () => done.push(1)).catch((error) => error.name);
      return [first ?? "skipped", await context.askPerson("Go on?", ["yes", "no"])];
    },
  });
  for (const [choice, result] of [["retry", 1], ["skip", "skipped"], ["fail", "StepFailed"]] as const) {
    done.length = 0;
    await using bench = await taskBench([Ask]);
    const store = `${bench.folder}/tasks/20260101-0000`;
    await Deno.mkdir(store, { recursive: true });
    const at = "2026-01-01T00:00:00.000000Z";
    await Deno.writeTextFile(
      `${store}/task.json`,
      JSON.stringify({
        ...{ version: 1, task_id: "task1", task_type: "Ask", params: {}, device_ids: [], asked_ids: [], by: "alice" },
        ...{
          allowed: null,
          state: "running",
          runs: 1,
          started_at: at,
          ended_at: null,
          paused: false,
          cancelled: false,
        },
        ...{ parameters: {}, lease: null, exception: null, error: null },
      }),
    );
    const line = JSON.stringify({ step: "first", at, run: 1, state: "begun" });
    await Deno.writeTextFile(`${store}/steps.jsonl`, `${line}\n{"step":"second","at":"20`);
    await bench.tasks.open();
    const task = bench.tasks.get("task1");
    await until("its question", () => task.status().question?.step === "first");
    equal(task.status().status, "asking");
    await rejects(Promise.try(() => task.answer("maybe", "bob")), { code: "InvalidRequest" });
    task.answer(choice, "bob");
    await until("the next question", () => task.status().question?.text === "Go on?");
    task.answer("yes", "bob");
    const detail = await bench.ended(task);
    equal(detail.result, [result, "yes"]);
    equal([done.length, detail.steps.unknown], [choice === "retry" ? 1 : 0, ["first"]]);
    ok(detail.log.some(({ text }) => text === `answered: bob: ${choice}`));
  }
});
