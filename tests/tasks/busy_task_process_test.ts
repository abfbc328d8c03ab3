/** A task whose process is too busy to hear that it is cancelled. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { taskBench } from "../support/task_bench.ts";
import { fakeTime } from "../support/time.ts";
import { until, within } from "../support/until.ts";

const SPIN = `
import { defineTask } from "labdaemon/task";

export default defineTask({
  name: "Spin",
  async run(context) {
    await context.note("spins");
    for (;;);
  },
});
`;

Deno.test("a request to cancel a busy task is answered at once, and the task is ended after 10 s", async () => {
  using time = fakeTime();
  await using bench = await taskBench([]);
  await Deno.mkdir(`${bench.folder}/files`);
  await Deno.writeTextFile(`${bench.folder}/files/spin.ts`, SPIN);
  await bench.tasks.types.loadFolder(`${bench.folder}/files`, {});
  const task = await bench.start({ task_type: "Spin" });
  await until("it spins", () => task.detail().log.some(({ text }) => text === "note: spins"));
  await within(task.cancel(), () => "no answer");
  equal([task.status().cancelling, task.isRunning], [true, true]);
  await time.tick(10_000);
  equal((await bench.ended(task)).status, "cancelled");
});
