import { type Context, Hono } from "hono";
import { LabError } from "../../errors.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import { emptyRequestSchema } from "../../wire/requests.ts";
import { answerTaskSchema, startTaskSchema } from "../../wire/tasks/task.ts";
import { originOf, requireDevice, seesDevice } from "../access/enforce.ts";
import type { Bodies } from "../access/token_routes.ts";
import { requireTask } from "./require_task.ts";

/** `/tasks` and `/task-types`: starts tasks, and changes their states. Without tasks, starts are refused. */
export function taskRoutes(tasks: Tasks | undefined, bodies: Bodies): Hono {
  const app = new Hono();
  const taskOf = (c: Context) => requireTask(c, tasks);

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

  return app;
}
