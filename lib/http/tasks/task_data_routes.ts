import { type Context, Hono } from "hono";
import { LabError } from "../../errors.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import { setTaskParameterSchema, taskDataQuerySchema } from "../../wire/tasks/task.ts";
import type { Bodies } from "../access/token_routes.ts";
import { readQuery } from "../request/query.ts";
import { requireTask } from "./require_task.ts";

/**
 * `/tasks/{task_id}/data`, `/error` and `/parameters`: a task's measured rows, its last error, and its changeable
 * values.
 */
export function taskDataRoutes(tasks: Tasks | undefined, bodies: Bodies): Hono {
  const app = new Hono();
  const taskOf = (c: Context) => requireTask(c, tasks);

  app.get("/tasks/:task_id/data", async (c) => {
    const { after = 0 } = readQuery(c, taskDataQuerySchema, "Cannot GET the data of a task");
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

  app.get("/tasks/:task_id/parameters", async (c) => c.json({ parameters: await taskOf(c).parameters() }));

  app.post("/tasks/:task_id/parameters", async (c) => {
    const { key, value } = await bodies.read(c, setTaskParameterSchema);
    return c.json({ status: "parameter_set", key, value: await taskOf(c).setParameter(key, value) });
  });

  return app;
}

/** The error for a task without an error. Some clients recognise it by the status in its message. */
function noError(id: string): LabError {
  return new LabError("NoError", `Cannot find an error of the task "${id}": none is recorded (404)`);
}
