import type { Context } from "hono";
import { LabError, shortened } from "../../errors.ts";
import type { StartedTask } from "../../tasks/task.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import { requireDevice } from "../access/enforce.ts";

/**
 * The task that a path names.
 *
 * @throws {LabError} `TaskNotFound`, or `Forbidden` for a task with a device that the one who asks has no right to.
 */
export function requireTask(c: Context, tasks: Tasks | undefined): StartedTask {
  const id = c.req.param("task_id")!;
  if (!tasks) throw new LabError("TaskNotFound", `Cannot find the task "${shortened(id)}": this daemon runs none`);
  const task = tasks.get(id);
  for (const id of task.deviceIds) requireDevice(c, id);
  return task;
}
