/**
 * The requests of a task's process to the daemon, and what the daemon answers. They travel as the samples of a stream, and
 * as calls of methods: a task's process speaks the protocol of drivers.
 *
 * @module
 */
import type { ErrorReport } from "../wire/error_report.ts";
import type { OnUnknown } from "../wire/tasks/task.ts";

/** The requests of a task to a device as a whole; `describe` answers with the names of its methods and properties. */
export type DeviceAction = "status" | "describe" | "connect" | "disconnect" | "safe";

/** The names of requests, with what each one needs. */
export type TaskOrder =
  | { op: "call"; device: string; method: string; args: unknown[]; kwargs: Record<string, unknown> }
  | { op: "get"; device: string; name: string }
  | { op: "set"; device: string; name: string; value: unknown }
  | { op: "device"; device: string; action: DeviceAction; reason?: string }
  /** Opens a stream; answered with its number. */
  | { op: "stream"; device: string; options: Record<string, unknown> }
  /** Waits for the next samples of a stream; answered with some, or with none at its end. */
  | { op: "read"; stream: number }
  | { op: "close"; stream: number }
  /** Begins a step; answered with {@linkcode StepAnswer}. */
  | { op: "step"; step: string; on_unknown?: OnUnknown }
  | { op: "step_done"; step: string; result: unknown }
  | { op: "step_failed"; step: string; error: { type: string; message: string } }
  | { op: "save"; step: string; data: unknown }
  | { op: "progress"; fraction: number | null; text: string }
  | { op: "note"; text: string }
  /** Answered when the task may go on. */
  | { op: "checkpoint" }
  /** Answered when a person has chosen. */
  | { op: "ask"; text: string; choices: string[] }
  /** The task has ended: the last request, which has no answer. */
  | { op: "ended"; result: unknown };

/** A request of a task. */
export type TaskRequest = TaskOrder & { id: number };

/** The answer to the begin of a step: to be run, or how it has ended in an earlier run. */
export type StepAnswer =
  | { state: "run" }
  | { state: "done"; result: unknown }
  | { state: "skipped" }
  | { state: "failed"; error: { type: string; message: string } };

/** A sample of a device, as a task gets it. */
export interface TaskSample {
  sequence: number;
  timestamp: string;
  payload: unknown;
}

/** The answer to a request: a call of the method `answer`. */
export type TaskAnswer = { id: number; result: unknown } | { id: number; error: ErrorReport };

/** The title of the schema by which the stream of a task is known. */
export const TASK_REQUEST = "TaskRequest";

/** The longest request, as JSON, in characters. */
export const MAX_REQUEST_CHARS = 4 * 1024 * 1024;
