/** A task that goes on in the next daemon, whose file loads slowly there. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { taskBench } from "../support/task_bench.ts";
import { until } from "../support/until.ts";

const SLOW = `
import { defineTask } from "labdaemon/task";

const isThere = () => {
  try {
    return Deno.statSync(import.meta.dirname + "/_gate.ts").isFile;
  } catch {
    return false;
  }
};
// It may read what it imports.
export const gate = () => import("./_gate.ts");
while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 10));
export default defineTask({ name: "Slow", run: () => "done" });
`;

const at = "2026-01-01T00:00:00.000000Z";

/** A task of the daemon's last run. */
const KEPT = {
  ...{ version: 1, task_id: "task1", task_type: "Slow", params: {}, device_ids: [], asked_ids: [], by: "alice" },
  ...{ allowed: null, state: "running", runs: 1, started_at: at, ended_at: null, paused: false, cancelled: false },
  ...{ parameters: {}, lease: null, exception: null, error: null },
};

Deno.test("a task whose file still loads after a restart waits for it, and does not fail", async () => {
  await using bench = await taskBench([]);
  const files = `${bench.folder}/files`;
  const store = `${bench.folder}/tasks/20260101-0000`;
  for (const folder of [files, store]) await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${files}/slow.ts`, SLOW);
  await Deno.writeTextFile(`${store}/task.json`, JSON.stringify(KEPT));
  const { tasks } = bench;
  await tasks.types.loadFolder(files, { patience: 1 });
  await tasks.open();
  const task = tasks.get("task1");
  equal([tasks.types.list()[0].error?.type, task.status().status], ["DriverStillLoads", "resuming"]);
  await Deno.writeTextFile(`${files}/_gate.ts`, "");
  await until("it is resumed", () => tasks.types.list()[0].status === "loaded");
  const { result, status } = await bench.ended(task);
  equal([result, status], ["done", "completed"]);
});
