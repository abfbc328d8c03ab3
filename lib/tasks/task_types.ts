import { Notifier } from "../async/mod.ts";
import type { Driver } from "../driver/mod.ts";
import { LabError } from "../errors.ts";
import { ALL_SECRET, maskSecrets } from "../format/secrets.ts";
import type { DriverSource } from "../registry/driver_source.ts";
import { mayCome } from "../registry/failed_driver.ts";
import { InlineDriver } from "../registry/inline_driver.ts";
import { folderUrl } from "../registry/files/list_driver_files.ts";
import { type DriverGrants, type Plan, planDevice } from "../registry/plan.ts";
import type { PythonSettings } from "../registry/python_program.ts";
import { Registry } from "../registry/registry.ts";
import { TASK_REQUEST } from "../task/task_request.ts";
import type { DriverDescription, DriverStatus, JsonSchema } from "../wire/driver.ts";
import type { OnUnknown, TaskTypeStatus } from "../wire/tasks/task.ts";

/** The part of a task's description that a driver's does not have. */
interface TaskMark {
  on_unknown: OnUnknown;
  parameters: JsonSchema;
}

/** The types of tasks: the files of a folder, loaded as drivers are, and those that a script registers. */
export class TaskTypes {
  readonly #registry: Registry;
  readonly #grants: DriverGrants;
  readonly #changed = new Notifier();

  constructor({ grants = {}, python }: { grants?: DriverGrants; python?: PythonSettings } = {}) {
    this.#grants = grants;
    // No users: a task that runs keeps the version with which it was started.
    this.#registry = new Registry({ grants, python, users: () => [], changed: () => this.#changed.notify() });
  }

  /** Registers a task that runs in this process. */
  register(task: Driver): void {
    this.#registry.register(new InlineDriver(task));
  }

  /** @throws {LabError} `NotFound`, if there is no such folder. */
  async loadFolder(folder: string, options: { watch?: boolean; patience?: number }): Promise<void> {
    await this.#registry.loadFolder(folderUrl(folder), options);
  }

  list(): TaskTypeStatus[] {
    return this.#registry.list().map(statusOf);
  }

  /** Resolves when a type is loaded, or when no loading file may have it any more. */
  async loaded(type: string): Promise<void> {
    while (!this.#registry.find(type) && mayCome(this.#registry.list())) await this.#changed.next();
  }

  /**
   * Checks params, and grants permissions.
   *
   * @throws {LabError} `TaskTypeNotFound`, or `InvalidRequest` for params that do not fit.
   */
  async plan(type: string, params: Record<string, unknown>, attempt: string): Promise<Plan> {
    const source = this.#find(type, attempt);
    return await planDevice(source, { params, driverGrants: this.#grants }, attempt);
  }

  /** The params of a task for others to see. The params of an unknown type are all masked. */
  shownParams(type: string, params: Record<string, unknown>): Record<string, unknown> {
    return maskSecrets(params, this.#registry.find(type)?.source.description.params ?? ALL_SECRET);
  }

  /** Changed parameters for others to see: of a task of a type, or of any type. */
  shownParameters(values: Record<string, unknown>, type?: string): Record<string, unknown> {
    const marks = type === undefined ? this.list() : [markOf(this.#registry.find(type)?.source.description ?? {})];
    return maskSecrets(values, { allOf: marks.map((it) => it?.parameters ?? (type === undefined ? {} : ALL_SECRET)) });
  }

  /** The treatment of a task's steps that are not known to have ended. */
  onUnknown({ source }: Plan): OnUnknown {
    return markOf(source.description)?.on_unknown ?? "ask";
  }

  async close(): Promise<void> {
    await this.#registry.close();
  }

  #find(type: string, attempt: string): DriverSource {
    const source = this.#registry.find(type)?.source;
    if (source && markOf(source.description)) return source;
    const all = this.list();
    const failed = all.find((it) => it.name === type && it.error);
    const known = all.filter(({ status }) => status === "loaded").map(({ name }) => name).join(", ") || "none";
    const files = all.filter(({ name, error }) => name === null && error).map(({ file }) => file).join(", ");
    const unread = files && `; not loaded: ${files}, see GET /task-types`;
    const why = failed?.error?.message ?? `there is no task type "${type}"; known types are ${known}${unread}`;
    throw new LabError("TaskTypeNotFound", `${attempt}: ${why}`, { context: { task_type: type } });
  }
}

function markOf({ sample }: Partial<Pick<DriverDescription, "sample">>): TaskMark | undefined {
  return sample?.title === TASK_REQUEST ? sample.task as TaskMark : undefined;
}

function statusOf(driver: DriverStatus): TaskTypeStatus {
  const { name, file, status, error, summary, params, permissions } = driver;
  const mark = markOf({ sample: driver.sample ?? null });
  if (status === "loaded" && !mark) {
    const message = `Cannot use ${file}: it is a driver; its place is the folder of the drivers`;
    return { name, file, status: "failed", error: new LabError("DriverError", message).toJSON() };
  }
  return {
    ...{ name, file, status },
    ...error && { error },
    ...mark && { summary, params, permissions, parameters: mark.parameters, on_unknown: mark.on_unknown },
  };
}
