/** Tasks over HTTP: the documented API, who may do what, and the clients. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { z } from "zod";
import { ServerAPI } from "../../lib/client/mod.ts";
import { createApp } from "../../lib/http/app.ts";
import { defineTask, deviceParam } from "../../lib/task/mod.ts";
import { ctl } from "../cli/ctl/ctl_bench.ts";
import { taskBench } from "../support/task_bench.ts";
import { until } from "../support/until.ts";

/** Sets a voltage, then waits until its parameter says so. */
const Hold = defineTask({
  name: "Hold",
  summary: "Sets a voltage and holds it",
  params: z.object({
    supply: deviceParam("The supply"),
    volts: z.number().default(5).meta({ unit: "V" }),
    question: z.string().default(""),
  }),
  parameters: z.object({ done: z.boolean().default(false) }),
  async run(context) {
    const { supply, volts, question } = context.params;
    const set = await context.device(supply).set("voltage", volts);
    await context.save("set", { x: volts, y: set });
    if (question && await context.askPerson(question, ["yes", "no"]) === "no") throw new RangeError("a person said no");
    while (!context.parameters.done) {
      await context.checkpoint();
      await context.delay(1);
    }
    return { set };
  },
});

async function bench() {
  const it = await taskBench([Hold]);
  const app = createApp(it.daemon, { host: "127.0.0.1", leases: it.leases, tasks: it.tasks });
  const ask = async (request: string, body?: unknown) => {
    const [method, path] = request.split(" ");
    const headers = { "content-type": "application/json" };
    const response = await app.request(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  const start = (id = "hold1", params: Record<string, unknown> = {}) =>
    ask("POST /tasks", { task_id: id, task_type: "Hold", params: { supply: "psu1", ...params } });
  return {
    ...{ ...it, app, ask, start },
    async [Symbol.asyncDispose]() {
      await it[Symbol.asyncDispose]();
      app.close();
    },
  };
}

Deno.test("a task is started, paused, resumed, changed, and ends with its result, as LabDaemon documents it", async () => {
  await using it = await bench();
  const { ask } = it;
  const started = await it.start();
  const { task_id, task_type, device_ids, status } = started.body;
  equal([started.status, task_id, task_type, device_ids, status], [200, "hold1", "Hold", ["psu1"], "started"]);
  equal((await ask("GET /devices/psu1")).body.owned_by, "hold1");
  const refused = await ask("POST /devices/psu1/call", { method: "measure" });
  equal([refused.status, refused.body.error.type, refused.body.error.context.owner], [409, "DeviceInUse", "hold1"]);
  const conflict = await ask("POST /tasks", { task_id: "hold2", task_type: "Hold", params: { supply: "psu1" } });
  equal([conflict.status, conflict.body.error.type], [409, "DeviceInUse"]);
  const again = await ask("POST /tasks", { task_id: "hold1", task_type: "Hold", params: { supply: "psu2" } });
  equal([again.status, again.body.error.type], [409, "TaskExists"]);
  equal((await ask("POST /tasks/hold1/pause")).body.status, "paused");
  await until("it is paused", async () => (await ask("GET /tasks/hold1")).body.status === "paused");
  equal((await ask("POST /tasks/hold1/resume", {})).body.status, "resumed");
  equal((await ask("GET /tasks/hold1/parameters")).body, { parameters: { done: false } });
  const wrong = await ask("POST /tasks/hold1/parameters", { key: "done", value: "yes" });
  equal([wrong.status, wrong.body.error.type], [400, "InvalidRequest"]);
  equal((await ask("POST /tasks/hold1/parameters", { key: "done", value: true })).body, {
    ...{ status: "parameter_set", key: "done", value: true },
  });
  await until("it has ended", async () => !(await ask("GET /tasks/hold1")).body.running);
  const { result, exception, running } = (await ask("GET /tasks/hold1")).body;
  equal({ result, exception, running }, { result: { set: 5 }, exception: null, running: false });
  equal((await ask("GET /tasks")).body.tasks.map((task: { task_id: string }) => task.task_id), ["hold1"]);
  equal((await ask("GET /tasks/hold1/data")).body.rows.map(({ data }: { data: unknown }) => data), [{ x: 5, y: 5 }]);
  equal((await ask("POST /tasks/hold1/cancel")).status, 200);
  const ended = await ask("POST /tasks/hold1/pause");
  equal([ended.status, ended.body.error.type], [409, "TaskNotRunning"]);
});

Deno.test("the error of a task is read and cleared; without one, its message has 404 for existing clients", async () => {
  await using it = await bench();
  const { ask } = it;
  await it.start("hold1", { question: "Go on?" });
  await until("its question", async () => (await ask("GET /tasks/hold1")).body.question?.text === "Go on?");
  equal((await ask("POST /tasks/hold1/answer", { choice: "maybe" })).status, 400);
  equal((await ask("POST /tasks/hold1/answer", { choice: "no" })).status, 200);
  await until("it has ended", async () => !(await ask("GET /tasks/hold1")).body.running);
  const { exception, status } = (await ask("GET /tasks/hold1")).body;
  equal([status, exception.error.type, exception.error.message], ["failed", "RangeError", "a person said no"]);
  equal((await ask("GET /tasks/hold1/error")).body.error.type, "RangeError");
  equal((await ask("DELETE /tasks/hold1/error")).body, { status: "cleared", task_id: "hold1" });
  for (const method of ["GET", "DELETE"]) {
    const none = await ask(`${method} /tasks/hold1/error`);
    equal([none.status, none.body.error.type], [404, "NoError"]);
    match(none.body.error.message, /404/);
  }
});

Deno.test("an unknown task, an unknown type, wrong params and a daemon without tasks are refused in words", async () => {
  await using it = await bench();
  const type = async (request: string, body?: unknown) => {
    const { status, body: answer } = await it.ask(request, body);
    return [status, answer.error.type];
  };
  equal(await type("GET /tasks/none"), [404, "TaskNotFound"]);
  equal(await type("POST /tasks", { task_id: "t", task_type: "Sweep" }), [404, "TaskTypeNotFound"]);
  equal(await type("POST /tasks", { task_id: "a/b", task_type: "Hold" }), [400, "InvalidRequest"]);
  equal(await type("POST /tasks", { task_id: "t", task_type: "Hold", params: { volts: "many" } }), [
    400,
    "InvalidRequest",
  ]);
  equal(await type("POST /tasks", { task_id: "t", task_type: "Hold", params: { supply: "psu9" } }), [
    404,
    "DeviceNotFound",
  ]);
  for (const query of ["after=x", "after=1&after=2", "foo=1"]) {
    equal(await type(`GET /tasks/none/data?${query}`), [400, "InvalidRequest"]);
  }
  const without = createApp(it.daemon);
  const response = await without.request("/tasks", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ task_id: "t", task_type: "Hold" }),
  });
  equal([response.status, (await response.json()).error.type], [503, "Unavailable"]);
  equal(await (await without.request("/tasks")).json(), { tasks: [] });
  without.close();
});

Deno.test("the client and ctl start a task, follow it and end it", async () => {
  await using it = await bench();
  const api = new ServerAPI("http://127.0.0.1", {
    fetch: async (url, init) => await it.app.fetch(new Request(url, init)),
  });
  const [type] = await api.tasks.types();
  equal([type.name, type.summary, type.on_unknown], ["Hold", "Sets a voltage and holds it", "ask"]);
  const run = (...args: string[]) => ctl(it.app, ["task", ...args]);
  match(
    (await run("types")).out,
    /Hold: Sets a voltage and holds it\n {2}supply: device {2}The supply\n {2}volts: number = 5 V/,
  );
  equal((await run("start", "hold1", "Hold", "supply=psu1", "volts=3")).out, "hold1\n");
  match((await run("list")).out, /TASK +TYPE +STATUS.*\nhold1 +Hold +running +0 +psu1 /);
  equal((await run("pause", "hold1")).code, 0);
  equal((await run("resume", "hold1")).code, 0);
  equal((await run("set", "hold1", "done", "true")).out, "true\n");
  equal(JSON.parse((await run("wait", "hold1")).out), { set: 3 });
  equal((await api.tasks.get("hold1")).status, "completed");
  equal((await api.tasks.data("hold1")).rows.length, 1);
  equal(await api.tasks.error("hold1"), null);
  await api.tasks.execute("hold2", "Hold", { params: { supply: "psu2" } });
  equal((await run("cancel", "hold2")).code, 0);
  const failed = await run("wait", "hold2");
  equal([failed.code, failed.err.trim()], [1, "the task hold2 is cancelled"]);
  equal((await run("show", "hold9")).code, 1);
});
