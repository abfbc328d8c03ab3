/**
 * All that a task's author needs.
 *
 * @module
 */
export { commandedBy, readChannel, valueAt } from "./channels.ts";
export { defineTask, type Task, type TaskDeclaration } from "./define_task.ts";
export { deviceParam } from "./device_param.ts";
export type { DeviceHandle, DeviceShape } from "./device_handle.ts";
export { StepFailed, TaskCancelled, TaskContext } from "./task_context.ts";
export type { TaskSample } from "./task_request.ts";
export type { OnUnknown } from "../wire/tasks/task.ts";
