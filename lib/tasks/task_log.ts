import { getLogger } from "@logtape/logtape";
import { timestamp } from "../async/clock.ts";
import type { LabDaemon } from "../daemon.ts";
import { DriverConsole } from "../device/supervisor/driver_console.ts";
import { shortened } from "../errors.ts";
import { plainLine } from "../format/plain_line.ts";
import type { ConsoleLevel } from "../host/console_line.ts";
import { eventFrame } from "../stream/mod.ts";
import type { TaskEvent } from "../wire/events.ts";
import type { TaskDetail } from "../wire/tasks/task.ts";

/** The lines that a task's status has. */
const MAX_LINES = 200;

const MAX_LINE_CHARS = 2_000;

const logger = getLogger(["labdaemon", "tasks"]);

/** The task of a log. */
interface LoggedTask {
  id: string;
  type: string;
  devices: () => readonly string[];
  /** A text for others to see, without secrets. */
  shown: (text: string) => string;
}

/** The messages of a task: its last lines, the daemon's log, and the `task` events on the streams of its devices. */
export class TaskLog {
  readonly #bench: Pick<LabDaemon, "devices">;
  readonly #task: LoggedTask;
  readonly #console: DriverConsole;
  readonly #lines: TaskDetail["log"] = [];

  constructor(bench: Pick<LabDaemon, "devices">, task: LoggedTask) {
    this.#bench = bench;
    this.#task = task;
    this.#console = new DriverConsole(task.id);
  }

  /** The last lines, the oldest first. */
  get lines(): TaskDetail["log"] {
    return [...this.#lines];
  }

  /** A line of the task's console. */
  print(line: string, level: ConsoleLevel = "info"): void {
    const shown = this.#task.shown(line);
    this.#console.print(shown, level);
    this.#add(level, shortened(plainLine(shown), MAX_LINE_CHARS));
  }

  /** Output of which there was too much. */
  dropped(lines: number, bytes: number): void {
    this.#console.drop(lines, bytes);
  }

  /** Reports a change of the task to all who follow its devices. Those of steps are in no log. */
  report(
    change: TaskEvent["change"],
    { step = null, text: said = "" }: { step?: string | null; text?: string } = {},
  ): void {
    const { id: task_id, type: task_type } = this.#task;
    const text = this.#task.shown(said);
    if (!change.startsWith("step_") && change !== "note") {
      logger.info("{task_id}: {change}{text}", { task_id, change, text: text && `: ${text}` });
    }
    if (!change.startsWith("step_")) this.#add("info", text ? `${change}: ${text}` : change);
    const owned = new Set(this.#task.devices());
    for (const { id: device_id, log } of this.#bench.devices()) {
      if (!owned.has(device_id)) continue;
      log.notify(eventFrame("task", { device_id, timestamp: timestamp(), task_id, task_type, change, step, text }));
    }
  }

  #add(level: string, text: string): void {
    this.#lines.push({ at: timestamp(), level, text });
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }
}
