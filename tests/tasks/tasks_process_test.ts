/** Tasks in processes of their own, which are killed, and a daemon that is killed while one runs. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { join } from "node:path";
import type { TaskData, TaskDetail } from "../../lib/wire/tasks/task.ts";
import { allGone } from "../support/processes.ts";
import { serveBench, type ServedBench } from "../support/served_bench.ts";
import { until } from "../support/until.ts";

/** Holds in its second point in the first run, and in its third one in the second run. */
const SCAN = `
import { defineTask, deviceParam } from "labdaemon/task";
import { z } from "zod";

export default defineTask({
  name: "Scan",
  params: z.object({ supply: deviceParam() }),
  onUnknown: "retry",
  async run(context) {
    await context.save("pid", Deno.pid);
    const supply = context.device(context.params.supply);
    for (let n = 1; n <= 4; n++) {
      await context.step("point " + n, async () => {
        await supply.call("on", "point " + n);
        if (context.run < 3 && n === context.run + 1) await context.delay(1_000_000);
      });
    }
    console.log("all points are done");
    return { points: 4 };
  },
});
`;

async function served(notes: string): Promise<ServedBench> {
  const file = `${notes}/psu1`;
  await Deno.writeTextFile(file, "", { append: true });
  await Deno.mkdir(`${notes}/tasks`, { recursive: true });
  await Deno.writeTextFile(`${notes}/tasks/scan.ts`, SCAN);
  const bench = `data: ${notes}/data\ntasks: ${notes}/tasks\ngrants: { Supply: { write: ["${file}"] } }\n` +
    `devices:\n  - { id: psu1, driver: Supply, params: { file: ${file} } }\n`;
  const it = await serveBench(bench, { drivers: ["supply.ts"] });
  await until("psu1 is connected", async () => (await it.ask<{ connected: boolean }>("GET /devices/psu1")).connected);
  return it;
}

Deno.test("a task goes on behind its last step when its process is killed, and when the daemon is", async () => {
  const notes = await Deno.makeTempDir({ prefix: "labdaemon-tasks-" });
  const noted = async () => {
    const text = await Deno.readTextFile(join(notes, "psu1"));
    return text.split("\n").slice(0, -1).map((line) => line.replace(/^\d+ /, ""));
  };
  const counted = async (what: string, times: number) =>
    await until(`${what} is noted`, async () => (await noted()).filter((it) => it === what).length === times);
  {
    await using first = await served(notes);
    await until("the task type is loaded", async () => {
      const { task_types } = await first.ask<{ task_types: { name: string }[] }>("GET /task-types");
      return task_types.some(({ name }) => name === "Scan");
    });
    const started = await first.ask("POST /tasks", {
      ...{ task_id: "scan1", task_type: "Scan", params: { supply: "psu1" }, record: true },
    });
    equal([started.status, started.device_ids], ["started", ["psu1"]]);
    equal((await first.ask("GET /devices/psu1")).owned_by, "scan1");
    const refused = await fetch(`${first.url}/devices/psu1/disconnect`, { method: "POST" });
    equal([refused.status, (await refused.json()).error.type], [409, "DeviceInUse"]);
    await counted("on point 2", 1);
    const { rows } = await first.ask<TaskData>("GET /tasks/scan1/data");
    Deno.kill(rows[0].data as number, "SIGKILL");
    await counted("on point 3", 1);
    const { restarts, steps, status } = await first.ask<TaskDetail>("GET /tasks/scan1");
    equal({ restarts, status, unknown: steps.unknown }, { restarts: 1, status: "running", unknown: ["point 2"] });
    first.kill("SIGKILL");
    await first.status;
    await allGone(join(notes, "tasks"));
  }
  // Its recorder writes until it has ended.
  await using ends = new AsyncDisposableStack();
  ends.defer(() => Deno.remove(notes, { recursive: true }));
  const second = ends.use(await served(notes));
  const detail = () => second.ask<TaskDetail>("GET /tasks/scan1");
  let last: TaskDetail | undefined;
  await until(() => `the task has ended: ${JSON.stringify(last)}\n${second.printed.stderr}`, async () => {
    last = await detail();
    return !last.running;
  });
  const { status, result, steps, restarts, log } = await detail();
  equal({ status, result, restarts }, { status: "completed", result: { points: 4 }, restarts: 2 });
  // What was done twice is declared.
  equal([steps.done, steps.unknown], [4, ["point 2", "point 3"]]);
  ok(log.some(({ text }) => text === "all points are done"));
  const commands = (await noted()).filter((it) => it.startsWith("on"));
  equal(commands, [1, 2, 2, 3, 3, 4].map((n) => `on point ${n}`));
  // Once for the process of the task, once for the daemon.
  ok((await noted()).some((it) => it === "safe the process of the task scan1 has crashed"));
  ok((await noted()).some((it) => it === "safe the daemon has ended"));
  equal((await second.ask("GET /devices/psu1")).owned_by, null);
  // All that it did is in its recording, which went on in the second daemon.
  const { recording_id: id } = await detail();
  await until("its recording is stored", async () => (await second.ask(`GET /recordings/${id}`)).state === "stopped");
  const text = await (await fetch(`${second.url}/recordings/${id}/data?format=jsonl`)).text();
  const events = text.split("\n").filter((line) => line.includes('"task"')).map((line) => JSON.parse(line));
  const changes = events.flatMap(({ event, data, change }) => event === "task" ? [change ?? data.change] : []);
  for (const change of ["started", "crashed", "resumed", "step_unknown", "step_done", "completed"]) {
    ok(changes.includes(change), `${change} is in ${changes}`);
  }
  ok(text.includes('"by":"anyone (task scan1)"'));
});
