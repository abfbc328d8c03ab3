/** Tasks: programs that command devices. They continue without the person who started them. */
import { z } from "zod";
import { jsonSchemaSchema, permissionsSchema } from "../driver.ts";
import { errorReportSchema } from "../error_report.ts";
import { countSchema, deviceIdSchema, objectSchema, timeSchema } from "../values.ts";

/** The id of one execution of a task. */
export const taskIdSchema = z.string().min(1).max(64).regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/, {
  message: 'expected a text of 1 to 64 letters, digits, "_", "-" or ".", not beginning with "."',
}).meta({ description: "The id of this execution, unique among the tasks that are kept", examples: ["sweep1"] });

const taskTypeSchema = z.string().meta({ description: "The name of a task of `tasks/`", examples: ["Scan"] });

/** The treatment of a step that began and did not end. */
export const onUnknownSchema = z.enum(["retry", "skip", "ask"]).meta({
  description: "What becomes of a step that began and is not known to have ended: it runs again, it is skipped, or a " +
    "person is asked",
});
/** The treatment of a step that began and did not end. */
export type OnUnknown = z.output<typeof onUnknownSchema>;

/** The states of a task. The last three are final. */
export const TASK_STATES = ["running", "paused", "asking", "resuming", "completed", "failed", "cancelled"] as const;
const stateSchema = z.enum(TASK_STATES).meta({
  description:
    "`running`; `paused`, at a checkpoint; `asking`, a person; `resuming`, its process has ended and is started " +
    "again; then `completed`, `failed` or `cancelled`",
});
/** The state of a task. */
export type TaskState = z.output<typeof stateSchema>;

/** A question of a task to a person. */
export const taskQuestionSchema = z.object({
  text: z.string().meta({ examples: ['The step "point 17" began and is not known to have ended'] }),
  choices: z.array(z.string()).meta({ examples: [["retry", "skip", "fail"]] }),
  since: timeSchema,
  step: z.string().nullable().meta({ description: "The step that is not known to have ended, if it is about one" }),
}).meta({ id: "TaskQuestion", description: "A question of a task to a person" });
/** A question of a task to a person. */
export type TaskQuestion = z.output<typeof taskQuestionSchema>;

/** The steps of a task, counted. */
export const taskStepsSchema = z.object({
  done: countSchema,
  failed: countSchema,
  skipped: countSchema,
  unknown: z.array(z.string()).meta({ description: "The steps that began and did not end, and were then decided" }),
  last: z.string().nullable().meta({ description: "The last step that began" }),
});

const example = {
  task_id: "sweep1",
  task_type: "Scan",
  running: true,
  device_ids: ["psu1", "daq1"],
  status: "running" as const,
  params: { set: "psu1", property: "voltage" },
  by: "alice",
  started_at: "2026-11-22T06:25:52.123456Z",
  ended_at: null,
  pausing: false,
  cancelling: false,
  progress: { fraction: 0.25, text: "5 V" },
  question: null,
  steps: { done: 50, failed: 0, skipped: 0, unknown: [], last: "point 51" },
  restarts: 0,
  recording_id: null,
};

/** A task, as `GET /tasks` lists it. */
export const taskSchema = z.object({
  task_id: taskIdSchema,
  task_type: taskTypeSchema,
  running: z.boolean().meta({ description: "False once it has ended" }),
  device_ids: z.array(deviceIdSchema).meta({ description: "The devices that it owns while it runs" }),
  status: stateSchema,
  params: objectSchema,
  by: z.string().meta({ description: "The name of the token that it was started with", examples: ["alice"] }),
  started_at: timeSchema,
  ended_at: timeSchema.nullable(),
  pausing: z.boolean().meta({ description: "True from the request to pause until it is resumed" }),
  cancelling: z.boolean().meta({ description: "True from the request to cancel on" }),
  progress: z.object({
    fraction: z.number().nullable().meta({ description: "The part that is done, from 0 to 1; null: unknown" }),
    text: z.string(),
  }).nullable(),
  question: taskQuestionSchema.nullable(),
  steps: taskStepsSchema,
  restarts: countSchema.meta({ description: "How often its process was started again" }),
  recording_id: z.string().nullable().meta({ description: "The recording of its devices, if it was asked for" }),
}).meta({ id: "Task", description: "One execution of a task", examples: [example] });
/** A task without its result. */
export type TaskStatus = z.output<typeof taskSchema>;

/** A task with its result, as `GET /tasks/{task_id}` answers it. */
export const taskDetailSchema = taskSchema.extend({
  result: z.unknown().meta({ description: "What it returned; null while it runs, and if it failed" }),
  exception: z.object({ error: errorReportSchema }).nullable().meta({ description: "Why it failed" }),
  log: z.array(z.object({ at: timeSchema, level: z.string(), text: z.string() })).meta({
    description: "The last lines that it wrote to its console, and its notes",
  }),
}).meta({ id: "TaskDetail" });
/** A task with its result or its error, and its last lines. */
export type TaskDetail = z.output<typeof taskDetailSchema>;

/** The answer to `GET /tasks`. */
export const tasksSchema = z.object({
  tasks: z.array(taskSchema).meta({ description: "The newest first; those that have ended: the last 20" }),
}).meta({ id: "Tasks" });

/** The body of `POST /tasks`. */
export const startTaskSchema = z.strictObject({
  task_id: taskIdSchema,
  task_type: taskTypeSchema,
  device_ids: z.array(deviceIdSchema).max(100).nullish().meta({
    description: "Devices that it owns beside those that its params name",
  }),
  params: objectSchema.nullish(),
  record: z.boolean().nullish().meta({
    description: "True to record its devices while it runs: what it does, and what they stream",
  }),
});
/** A task that is to be started. */
export type StartTask = z.output<typeof startTaskSchema>;

/** The answer to `POST /tasks`. */
export const startedTaskSchema = taskSchema.extend({ status: z.literal("started") }).meta({ id: "StartedTask" });

/** The answer to a request to cancel, pause or resume. */
export const controlledTaskSchema = taskSchema.extend({
  status: z.enum(["cancellation_requested", "paused", "resumed"]).meta({ description: "What was asked for" }),
}).meta({ id: "ControlledTask" });

/** The body of `POST /tasks/{task_id}/parameters`. */
export const setTaskParameterSchema = z.strictObject({
  key: z.string().min(1).meta({ examples: ["sweep_speed"] }),
  value: z.unknown(),
});

/** The answer to `POST /tasks/{task_id}/parameters`. */
export const taskParameterSetSchema = z.object({
  status: z.literal("parameter_set"),
  key: z.string(),
  value: z.unknown().meta({ description: "As the task took it" }),
}).meta({ id: "TaskParameterSet" });

/** The answer to `GET /tasks/{task_id}/parameters`. */
export const taskParametersSchema = z.object({
  parameters: objectSchema.meta({ description: "The values of now" }),
}).meta({ id: "TaskParameters" });

/** The body of `POST /tasks/{task_id}/answer`. */
export const answerTaskSchema = z.strictObject({
  choice: z.string().meta({ description: "One of the question's choices", examples: ["retry"] }),
});

/** The answer to `GET /tasks/{task_id}/error`. */
export const taskErrorSchema = z.object({ error: errorReportSchema }).meta({ id: "TaskError" });

/** The answer to `DELETE /tasks/{task_id}/error`. */
export const taskErrorClearedSchema = z.object({ status: z.literal("cleared"), task_id: taskIdSchema });

/** The query of `GET /tasks/{task_id}/data`. */
export const taskDataQuerySchema = z.strictObject({
  after: countSchema.optional().meta({ description: "`next` of the last answer; without it, from the beginning" }),
});

/** The answer to `GET /tasks/{task_id}/data`. */
export const taskDataSchema = z.object({
  rows: z.array(z.object({ step: z.string(), at: timeSchema, data: z.unknown() })),
  next: countSchema.meta({ description: "For `after` of the next request" }),
}).meta({ id: "TaskData", description: "What a task has saved" });
/** The rows that a task has saved. */
export type TaskData = z.output<typeof taskDataSchema>;

/** A type of tasks, as `GET /task-types` lists it. */
export const taskTypeStatusSchema = z.object({
  name: z.string().nullable(),
  file: z.string().nullable(),
  status: z.enum(["loaded", "failed"]),
  error: errorReportSchema.optional(),
  summary: z.string().optional(),
  params: jsonSchemaSchema.optional().meta({ description: "Of a param that is a device, `device` is true" }),
  parameters: jsonSchemaSchema.optional().meta({ description: "What can be changed while it runs" }),
  on_unknown: onUnknownSchema.optional(),
  permissions: permissionsSchema.nullable().optional(),
}).meta({ id: "TaskType", description: "A file of `tasks/`" });
/** A type of tasks, or the file that failed to load as one. */
export type TaskTypeStatus = z.output<typeof taskTypeStatusSchema>;

/** The answer to `GET /task-types`. */
export const taskTypesSchema = z.object({ task_types: z.array(taskTypeStatusSchema) }).meta({ id: "TaskTypes" });
