/** Tasks that are written wrongly, or controlled at an odd moment. */
import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { z } from "zod";
import { defineTask, deviceParam } from "../../lib/task/mod.ts";
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
