/** Tasks that are written wrongly, or controlled at an odd moment. */
import { deepStrictEqual as equal, match, rejects, throws } from "node:assert/strict";
import { z } from "zod";
import { defineTask, deviceParam } from "../../lib/task/mod.ts";
import type { TaskContext } from "../../lib/task/task_context.ts";
import { TaskRun } from "../../lib/task/task_run.ts";
import { OpenRequests } from "../../lib/tasks/open_requests.ts";
import { taskBench } from "../support/task_bench.ts";
import { until } from "../support/until.ts";

const supply = z.object({ supply: deviceParam().default("psu1") });

Deno.test("a step whose name is a number is refused, so that the task is still there after a restart", async () => {
  const Numbered = defineTask({
    name: "Numbered",
    run: async (context) => {
      // As a program without types does it.
      await context.step(17 as unknown as string, () => "done");
    },
  });
  await using bench = await taskBench([Numbered]);
  const { exception } = await bench.ended(await bench.start({ task_type: "Numbered" }));
  match(exception!.error.message, /^Cannot name a step: expected a text of 1 to 200 characters, found 17$/);
  await bench.stop();
  await using next = await taskBench([], bench.folder);
  await next.tasks.open();
  equal(next.tasks.all.map(({ id }) => id), ["task1"]);
});

Deno.test("a task that returns, saves or sends a function fails at once and says why; it does not run again", async () => {
  let runs = 0;
  const odd: Record<string, (context: TaskContext) => unknown> = {
    returned: () => ({ helper: () => 1 }),
    saved: (context) => context.save("row", { helper: Symbol("x") }),
    sent: (context) => context.device("psu1").set("voltage", () => 1),
    step: (context) => context.step("one", () => [() => 1]),
  };
  const Odd = defineTask({
    name: "Odd",
    params: z.object({ what: z.string() }),
    run: (context) => {
      runs++;
      return odd[context.params.what](context as unknown as TaskContext);
    },
  });
  await using bench = await taskBench([Odd]);
  for (const what of Object.keys(odd)) {
    runs = 0;
    const { exception } = await bench.ended(await bench.start({ task_id: what, task_type: "Odd", params: { what } }));
    equal([what, runs, exception!.error.type], [what, 1, "NotSerializable"]);
    match(exception!.error.message, /^Cannot turn the value into JSON: it holds a (function|symbol) at /);
  }
});

Deno.test("a task may return and save what a driver may yield: an integer of any size, NaN, a Map", async () => {
  const Wide = defineTask({
    name: "Wide",
    async run(context) {
      await context.save("row", new Map([["count", 2n ** 70n]]));
      return [1n, 2n ** 70n, NaN, new Float64Array([1, 2])];
    },
  });
  await using bench = await taskBench([Wide]);
  const task = await bench.start({ task_type: "Wide" });
  equal((await bench.ended(task)).result, [1, "1180591620717411303424", null, [1, 2]]);
  equal((await task.store.readData(0)).rows.map(({ data }) => data), [{ count: "1180591620717411303424" }]);
});

Deno.test("a row of two megabytes hides none of the rows behind it", async () => {
  const big = "é".repeat(2_000_000);
  const Big = defineTask({
    name: "Big",
    async run(context) {
      for (const data of [1, big, 3]) await context.save("row", data);
    },
  });
  await using bench = await taskBench([Big]);
  const task = await bench.start({ task_type: "Big" });
  await bench.ended(task);
  const got: unknown[] = [];
  for (let after = 0, count = 1; count > 0;) {
    const { rows, next } = await task.store.readData(after);
    got.push(...rows.map(({ data }) => data));
    [after, count] = [next, rows.length];
  }
  equal(got.map((data) => data === big ? "big" : data), [1, "big", 3]);
});

Deno.test("rows behind a place that no answer has given are a wrong request, not a defect of the daemon", async () => {
  await using bench = await taskBench([defineTask({ name: "Saves", run: (context) => context.save("row", 1) })]);
  const task = await bench.start({ task_type: "Saves" });
  await bench.ended(task);
  await rejects(task.store.readData(3), { code: "InvalidRequest", message: /3 is not the "next" of an answer/ });
});

Deno.test("a question without choices, and progress in words, fail the task instead of waiting for ever", async () => {
  const Odd = defineTask({
    name: "Odd",
    async run(context) {
      await context.progress(7);
      const asked = await context.askPerson("Go on?", []).catch(({ message }) => message);
      return [asked, await context.progress("half" as unknown as number).catch(({ message }) => message)];
    },
  });
  await using bench = await taskBench([Odd]);
  const { result, progress } = await bench.ended(await bench.start({ task_type: "Odd" }));
  equal(result, [
    "Cannot ask a person: expected 1 to 20 choices, found 0",
    'Cannot report progress: expected a number from 0 to 1, or null, found "half"',
  ]);
  equal(progress?.fraction, 1);
});

Deno.test("a task that is cancelled while it asks two questions asks nothing any more", async () => {
  const Asks = defineTask({
    name: "Asks",
    params: supply,
    run: (context) => Promise.allSettled(["a", "b"].map((text) => context.askPerson(text, ["yes"]))),
  });
  await using bench = await taskBench([Asks]);
  const task = await bench.start({ task_type: "Asks" });
  await until("its question", () => task.status().status === "asking");
  await task.cancel();
  const { status, question, log } = await bench.ended(task);
  equal([status, question], ["cancelled", null]);
  equal(log.filter(({ text }) => text.startsWith("asked")).map(({ text }) => text), ["asked: a"]);
});

Deno.test("a task that is refused because its device is leased was never in the list", async () => {
  const Waits = defineTask({ name: "Waits", params: supply, run: (context) => context.delay(1_000_000) });
  await using bench = await taskBench([Waits]);
  await bench.start({ task_type: "Waits" });
  const refused = bench.start({ task_type: "Waits", task_id: "task2" });
  equal(bench.tasks.all.map(({ id }) => id), ["task1"]);
  await rejects(Promise.try(() => bench.tasks.get("task2")), { code: "TaskNotFound" });
  await rejects(refused, { code: "DeviceInUse" });
});

Deno.test("a task that awaits nothing asks for 64 things at a time, and for each of them before it ends", async () => {
  const run = new TaskRun({
    ...{ params: {}, claims: [], parameters: {}, checkParameter: (_: string, value: unknown) => value },
    run: (context) => void Array.from({ length: 1_000 }, (_, i) => context.save("row", i)),
  });
  const open: number[] = [];
  const found = { saved: 0, max: 0 };
  for await (const request of run.stream(new AbortController().signal, { task_id: "t", run: 1 })) {
    if (request.op === "ended") break;
    found.max = Math.max(found.max, open.push(request.id));
    found.saved++;
    if (open.length === 1) {
      setImmediate(() => {
        for (const id of open.splice(0)) run.answer({ id, result: null });
      });
    }
  }
  equal(found, { saved: 1_000, max: 64 });
});

Deno.test("a process of a task that asks for too much at a time, or twice by one number, is refused", () => {
  const open = new OpenRequests();
  for (let id = 0; id < 2_000; id++) open.add(id, 100);
  open.remove(7);
  open.add(2_000, 100);
  throws(() => open.add(2_001, 100), { code: "DriverError", type: "TaskCrashed" });
  for (const bytes of [65 * 1024 * 1024, 1]) {
    const open = new OpenRequests();
    throws(() => [1, 1].forEach((id) => open.add(id, bytes)), /The task asks for too much at a time/);
  }
});

Deno.test("a secret of a task's params is in no status, progress, note, log or error", async () => {
  const said: string[] = [];
  const Careless = defineTask({
    name: "Careless",
    params: z.object({ key: z.string().meta({ secret: true }), psu: deviceParam().default("psu1") }),
    async run(context) {
      const { key } = context.params;
      await context.progress(0.5, `with ${key}`);
      await context.note(`noted ${key}`);
      said.push(JSON.stringify(bench.tasks.get("task1").detail()));
      throw new Error(`failed with ${key}`);
    },
  });
  await using bench = await taskBench([Careless]);
  const task = await bench.start({ task_type: "Careless", params: { key: "hunter2-secret" } });
  said.push(JSON.stringify(await bench.ended(task)), ...bench.notes);
  const text = said.join();
  match(text, /with \*{8}.*noted \*{8}.*failed with \*{8}/);
  equal(text.includes("hunter2"), false);
});
