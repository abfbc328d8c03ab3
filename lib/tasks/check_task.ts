import { basename, dirname } from "node:path";
import { LabError, messageOf } from "../errors.ts";
import type { TaskTypeStatus } from "../wire/tasks/task.ts";
import { TaskProcess } from "./task_process.ts";
import { TaskTypes } from "./task_types.ts";

/** The findings about a task's file. */
export interface CheckedTask {
  type: TaskTypeStatus;
  /** With params: the devices that it would own. */
  devices?: string[];
}

/**
 * Loads a task file as the daemon does, in a process of its own. With params, it makes the task, and does not run it.
 *
 * @throws {LabError} why it could not be started.
 */
export async function checkTask(file: string, params?: Record<string, unknown>): Promise<CheckedTask> {
  const types = new TaskTypes();
  const name = basename(file);
  const attempt = `Cannot use ${name}`;
  try {
    await types.loadFolder(dirname(file), {});
    const type = types.list().find((it) => it.file === name);
    if (!type) throw new LabError("NotFound", `${attempt}: there is no such task file in ${dirname(file)}`);
    if (type.status === "failed") throw new LabError("DriverError", type.error?.message ?? attempt);
    if (!params) return { type };
    const plan = await types.plan(type.name!, params, `${attempt} with these params`);
    const process = await TaskProcess.open("check", plan, {
      print: () => {},
      dropped: () => {},
      request: () => {},
      failed: () => {},
      crashed: () => {},
    });
    try {
      return { type, devices: await process.claims() };
    } catch (cause) {
      throw new LabError("DriverError", `${attempt}: ${messageOf(cause)}`, { cause });
    } finally {
      await process.close(true);
    }
  } finally {
    await types.close();
  }
}
