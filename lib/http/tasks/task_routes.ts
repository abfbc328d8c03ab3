import { type Context, Hono } from "hono";
import { LabError, shortened } from "../../errors.ts";
import { parseInput } from "../../host/parse_input.ts";
import type { Task } from "../../tasks/task.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import { emptyRequestSchema } from "../../wire/requests.ts";
import {
  answerTaskSchema,
  setTaskParameterSchema,
  startTaskSchema,
  taskDataQuerySchema,
} from "../../wire/tasks/task.ts";
import { originOf, requireDevice, seesDevice } from "../access/enforce.ts";
import type { Bodies } from "../access/token_routes.ts";

/** `/tasks` and `/task-types`. Without tasks, none can be started. */
export function taskRoutes(tasks: Tasks | undefined, bodies: Bodies): Hono {
  const app = new Hono();
  const taskOf = (c: Context): Task => {
    const task = find(tasks, c.req.param("task_id")!);
    for (const id of task.deviceIds) requireDevice(c, id);
    return task;
  };

  app.get("/task-types", (c) => c.json({ task_types: tasks?.types.list() ?? [] }));

  app.get("/tasks", (c) => {
    const seen = (tasks?.all ?? []).filter(({ deviceIds }) => deviceIds.every((id) => seesDevice(c, id)));
    return c.json({ tasks: seen.map((task) => task.status()) });
  });

  app.post("/tasks", async (c) => {
    const request = await bodies.read(c, startTaskSchema);
    for (const id of request.device_ids ?? []) requireDevice(c, id);
    const starter = { name: originOf(c).by, devices: c.get("principal")?.devices ?? null };
    if (!tasks) throw new LabError("Unavailable", "Cannot run tasks: this daemon has no folder to keep them in");
    const task = await tasks.start(request, starter);
    return c.json({ ...task.status(), status: "started" });
  });

  app.get("/tasks/:task_id", (c) => c.json(taskOf(c).detail()));

  app.get("/tasks/:task_id/data", async (c) => {
    const { after: given, ...others } = c.req.query();
    const query = { ...others, ...given !== undefined && { after: Number(given || NaN) } };
    const { after = 0 } = parseInput(taskDataQuerySchema, query, "Cannot GET the data of a task") as { after?: number };
    return c.json(await taskOf(c).store.readData(after));
  });

  app.get("/tasks/:task_id/error", (c) => {
    const { id, error } = taskOf(c);
    if (!error) throw noError(id);
    return c.json({ error });
  });

  app.delete("/tasks/:task_id/error", async (c) => {
    const task = taskOf(c);
    if (!task.error) throw noError(task.id);
    await task.clearError();
    return c.json({ status: "cleared", task_id: task.id });
  });

  app.post("/tasks/:task_id/cancel", async (c) => {
    await bodies.read(c, emptyRequestSchema);
    const task = taskOf(c);
    await task.cancel();
    return c.json({ ...task.status(), status: "cancellation_requested" });
  });

  app.post("/tasks/:task_id/pause", async (c) => {
    await bodies.read(c, emptyRequestSchema);
    const task = taskOf(c);
    await task.pause();
    return c.json({ ...task.status(), status: "paused" });
  });

  app.post("/tasks/:task_id/resume", async (c) => {
    await bodies.read(c, emptyRequestSchema);
    const task = taskOf(c);
    await task.continue();
    return c.json({ ...task.status(), status: "resumed" });
  });

  app.post("/tasks/:task_id/answer", async (c) => {
    const { choice } = await bodies.read(c, answerTaskSchema);
    const task = taskOf(c);
    task.answer(choice, originOf(c).by);
    return c.json(task.status());
  });

  app.get("/tasks/:task_id/parameters", async (c) => c.json({ parameters: await taskOf(c).parameters() }));

  app.post("/tasks/:task_id/parameters", async (c) => {
    const { key, value } = await bodies.read(c, setTaskParameterSchema);
    return c.json({ status: "parameter_set", key, value: await taskOf(c).setParameter(key, value) });
  });

  return app;
}

/** @throws {LabError} `TaskNotFound`. */
function find(tasks: Tasks | undefined, id: string): Task {
  if (tasks) return tasks.get(id);
  throw new LabError("TaskNotFound", `Cannot find the task "${shortened(id)}": this daemon runs none`);
}

/** Its message has the status, by which some clients know it. */
function noError(id: string): LabError {
  return new LabError("NoError", `Cannot find an error of the task "${id}": none is recorded (404)`);
}
