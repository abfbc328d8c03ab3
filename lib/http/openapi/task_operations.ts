import { emptyRequestSchema } from "../../wire/requests.ts";
import {
  answerTaskSchema,
  controlledTaskSchema,
  setTaskParameterSchema,
  startedTaskSchema,
  startTaskSchema,
  taskDataQuerySchema,
  taskDataSchema,
  taskDetailSchema,
  taskErrorClearedSchema,
  taskErrorSchema,
  taskParameterSetSchema,
  taskParametersSchema,
  taskSchema,
  tasksSchema,
  taskTypesSchema,
} from "../../wire/tasks/task.ts";
import type { Operation } from "./operation.ts";

const CONTROL = { isCommand: true, errors: ["TaskNotFound", "TaskNotRunning"] } satisfies Partial<Operation>;

/** The routes of tasks. */
export const TASK_OPERATIONS: Record<string, Operation> = {
  "GET /task-types": {
    id: "listTaskTypes",
    summary: "the types of tasks, with the schemas of their params",
    answer: { description: "The files of `tasks/`", body: taskTypesSchema },
  },
  "GET /tasks": {
    id: "listTasks",
    summary: "the tasks that run, and the last that have ended",
    answer: { description: "The tasks, without their results", body: tasksSchema },
  },
  "POST /tasks": {
    id: "executeTask",
    summary: "start a task",
    description:
      "It leases all of its devices, or is refused: no one else may command them while it runs. Streams of its devices have " +
      "an event `task` for each of its steps and states.",
    body: startTaskSchema,
    isCommand: true,
    answer: { description: "The task runs", body: startedTaskSchema },
    errors: ["TaskExists", "TaskTypeNotFound", "DeviceNotFound", "DeviceInUse", "DriverError", "Unavailable"],
  },
  "GET /tasks/{task_id}": {
    id: "getTask",
    summary: "a task, with its result or its error",
    answer: { description: "The task", body: taskDetailSchema },
    errors: ["TaskNotFound"],
  },
  "GET /tasks/{task_id}/data": {
    id: "getTaskData",
    summary: "what a task has saved",
    description: "One row for each that it saved; of several of one step, the last one counts.",
    query: taskDataQuerySchema,
    answer: { description: "Some rows, and the place of the next", body: taskDataSchema },
    errors: ["TaskNotFound", "InvalidRequest"],
  },
  "GET /tasks/{task_id}/error": {
    id: "getTaskError",
    summary: "why a task has failed",
    answer: { description: "The error", body: taskErrorSchema },
    errors: ["TaskNotFound", "NoError"],
  },
  "DELETE /tasks/{task_id}/error": {
    id: "clearTaskError",
    summary: "clear the error of a task",
    answer: { description: "It is cleared", body: taskErrorClearedSchema },
    errors: ["TaskNotFound", "NoError"],
  },
  "POST /tasks/{task_id}/cancel": {
    id: "cancelTask",
    summary: "end a task",
    description:
      "It may clean up for 10 s; then its process is ended, and its devices are made safe. Without effect on one that has ended.",
    body: emptyRequestSchema,
    isCommand: true,
    answer: { description: "The task, which may still run", body: controlledTaskSchema },
    errors: ["TaskNotFound"],
  },
  "POST /tasks/{task_id}/pause": {
    id: "pauseTask",
    summary: "pause a task at its next checkpoint",
    description: "It keeps its devices.",
    body: emptyRequestSchema,
    ...CONTROL,
    answer: { description: "The task", body: controlledTaskSchema },
  },
  "POST /tasks/{task_id}/resume": {
    id: "resumeTask",
    summary: "let a paused task go on",
    body: emptyRequestSchema,
    ...CONTROL,
    answer: { description: "The task", body: controlledTaskSchema },
  },
  "POST /tasks/{task_id}/answer": {
    id: "answerTask",
    summary: "answer the question of a task",
    body: answerTaskSchema,
    isCommand: true,
    answer: { description: "The task", body: taskSchema },
    errors: ["TaskNotFound", "TaskNotRunning", "TaskNotAsking"],
  },
  "GET /tasks/{task_id}/parameters": {
    id: "getTaskParameters",
    summary: "what can be changed while a task runs",
    answer: { description: "The values of now", body: taskParametersSchema },
    errors: ["TaskNotFound"],
  },
  "POST /tasks/{task_id}/parameters": {
    id: "setTaskParameter",
    summary: "change a parameter of a task that runs",
    body: setTaskParameterSchema,
    ...CONTROL,
    answer: { description: "The parameter as it was taken", body: taskParameterSetSchema },
    errors: ["TaskNotFound", "TaskNotRunning", "DriverError"],
  },
};
