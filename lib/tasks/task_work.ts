import type { LabDaemon } from "../daemon.ts";
import { maskSecretsOf, type Plan, textWithoutSecrets } from "../registry/plan.ts";
import type { OnUnknown } from "../wire/tasks/task.ts";
import type { KeptTask, TaskOutcome } from "./kept_task.ts";
import type { StepLine } from "./step_table.ts";
import type { TaskLease } from "./task_lease.ts";
import { TaskLog } from "./task_log.ts";
import { TaskOrders } from "./task_orders.ts";
import { TaskRuns } from "./task_runs.ts";
import { TaskSteps } from "./task_steps.ts";

/** The parts that the work of a task needs. */
export interface WorkParts {
  bench: Pick<LabDaemon, "getDevice" | "devices">;
  lease: TaskLease;
  plan: () => Promise<Plan>;
  onUnknown: (plan: Plan) => OnUnknown;
  /** True if the person who started the task may use a device. */
  sees: (deviceId: string) => boolean;
  /** The outcome of the steps, for a task of the daemon's last run. */
  steps?: readonly StepLine[];
  /** Writes a note into the recordings that run. */
  note: (text: string) => void;
}

/** The reports of a task's work. */
export interface WorkEvents {
  /** Keeps the changed record. */
  keep: () => Promise<void>;
  /** Called when the task has returned, thrown, crashed too often, or crashed after it was cancelled. */
  ended: (outcome: TaskOutcome) => void;
}

/** The work of a task: its runs, their steps and their orders, wired to each other. */
export class TaskWork {
  readonly log: TaskLog;
  readonly orders: TaskOrders;
  readonly steps: TaskSteps;
  readonly runs: TaskRuns;

  constructor(parts: WorkParts, kept: KeptTask, events: WorkEvents) {
    const { bench, lease, plan, sees } = parts;
    const { store, record: { task_id: id, task_type: type, by } } = kept;
    const deviceIds = () => kept.deviceIds;
    // The words of a task go to all who follow it or its devices, and into recordings.
    const shown = (text: string) => this.runs.plan ? textWithoutSecrets(this.runs.plan, text) : text;
    const log = this.log = new TaskLog(bench, { id, type, devices: deviceIds, shown });
    const isPaused = () => kept.record.paused && !kept.record.cancelled;
    this.orders = new TaskOrders({ log, store, note: (text) => parts.note(`${id}: ${text}`), isPaused, shown });
    this.steps = new TaskSteps({
      ...{ store, log, onUnknown: () => parts.onUnknown(this.runs.plan!) },
      ask: (text, choices, step) => this.orders.ask(text, choices, step),
    }, parts.steps);
    this.runs = new TaskRuns({
      ...{ taskId: id, bench, log, plan, deviceIds },
      rights: {
        assertAllowed: (attempt, deviceId) => lease.assertAllowed(attempt, deviceId),
        sees,
        origin: () => lease.origin(`${by} (task ${id})`, id),
      },
      lease: async () => {
        await lease.resume(kept.record.lease, kept.deviceIds, type);
        kept.record.lease = lease.kept;
      },
      begin: async () => {
        kept.record.runs++;
        await events.keep();
        return { run: kept.record.runs, parameters: kept.record.parameters };
      },
      serve: async (request, devices) => {
        const answer = await this.orders.do(request, { run: kept.record.runs, steps: this.steps, devices });
        if (request.op === "step_done") this.runs.stepEnded();
        return answer;
      },
      crashed: () => {
        this.orders.reset();
        if (kept.record.cancelled) events.ended({});
      },
      ended: (outcome) => {
        if ("error" in outcome && this.runs.plan) maskSecretsOf(this.runs.plan, outcome.error);
        events.ended(outcome);
      },
    }, parts.steps !== undefined);
  }
}
