import { deadline, delay } from "../async/mod.ts";
import type { LabDaemon } from "../daemon.ts";
import { asLabError, LabError } from "../errors.ts";
import type { Plan } from "../registry/plan.ts";
import type { TaskRequest } from "../task/task_request.ts";
import { DeviceOrders, type TaskRights } from "./device_orders.ts";
import type { TaskLog } from "./task_log.ts";
import { TaskProcess } from "./task_process.ts";

/** The number of crashes of a task's process that are allowed without a step that has ended in between. */
export const MAX_CRASHES = 3;

/** The pause before a process is started again, doubled with each crash. */
const RESTART_MS = 1_000;

/** The time that a restart waits for the devices to be safe. */
const SAFE_MS = 10_000;

/** The parts of a task that its runs need. */
export interface RunsParts {
  taskId: string;
  bench: Pick<LabDaemon, "getDevice" | "devices">;
  rights: TaskRights;
  log: TaskLog;
  plan: () => Promise<Plan>;
  deviceIds: () => readonly string[];
  /** Leases the devices again, for a task of the daemon's last run. */
  lease: () => Promise<void>;
  /** A run begins: resolves with its number, and the changed parameters, when that is kept. */
  begin: () => Promise<{ run: number; parameters: Record<string, unknown> }>;
  /** Carries out the requests of a run. */
  serve: (request: TaskRequest, orders: DeviceOrders) => Promise<unknown>;
  /** The process has crashed, and is to be started again. */
  crashed: () => void;
  /** The task has returned, thrown, or crashed too often. */
  ended: (outcome: { result: unknown } | { error: LabError }) => void;
}

/** The runs of a task, one after the other: each is a process. The next one is started when one has crashed. */
export class TaskRuns {
  readonly #parts: RunsParts;
  #plan: Plan | undefined;
  #process: TaskProcess | undefined;
  /** Aborts when the present run is over. */
  #run = new AbortController();
  #isResuming: boolean;
  #isOver = false;
  #crashes = 0;

  /** @param isResumed True for a task that began in the daemon's last run. */
  constructor(parts: RunsParts, isResumed: boolean) {
    this.#parts = parts;
    this.#isResuming = isResumed;
  }

  /** The plan by which the task is made; known once its process is started. */
  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** True while there is no process, and one is to be started. */
  get isResuming(): boolean {
    return this.#isResuming;
  }

  /** The running process; `undefined` while there is none. */
  get process(): TaskProcess | undefined {
    return this.#isResuming ? undefined : this.#process;
  }

  /** Aborts when the present run is over. */
  get signal(): AbortSignal {
    return this.#run.signal;
  }

  /**
   * Starts the first process.
   *
   * @param claimed Gets the devices that the task claims, before it runs.
   * @throws {LabError} the reason why the task cannot run. There is no process then.
   */
  async start(claimed: (deviceIds: string[]) => Promise<void>): Promise<void> {
    this.#plan = await this.#parts.plan();
    const process = await this.#open();
    try {
      await claimed(await process.claims());
      await this.#runIn(process);
    } catch (error) {
      await this.end(true);
      throw error;
    }
  }

  /** Starts a process for a task of the daemon's last run, when its devices are connected again. Never rejects. */
  async resume(): Promise<void> {
    await this.#restart(async () => {
      await this.#parts.lease();
      for (const id of this.#parts.deviceIds()) await this.#connected(id);
    });
  }

  /** Notes the end of a step: crashes are counted from 0 again. */
  stepEnded(): void {
    this.#crashes = 0;
  }

  /** Ends the process; its later reports are ignored. */
  async end(force: boolean): Promise<void> {
    this.#isOver = true;
    this.#run.abort();
    await this.#process?.close(force);
  }

  async #open(): Promise<TaskProcess> {
    const { taskId, bench, rights, log, serve, ended } = this.#parts;
    const run = this.#run = new AbortController();
    const isOver = () => run.signal.aborted || this.#isOver;
    const orders = new DeviceOrders(bench, rights, run.signal);
    run.signal.addEventListener("abort", () => orders.close());
    const process = await TaskProcess.open(taskId, this.#plan!, {
      print: (line, level) => log.print(line, level),
      dropped: (lines, bytes) => log.dropped(lines, bytes),
      request: async (request) => {
        if (isOver()) return;
        const { id } = request;
        if (request.op === "ended") return ended({ result: request.result });
        try {
          await process.answer({ id, result: await serve(request, orders) ?? null });
        } catch (error) {
          await process.answer({ id, error: asLabError(error, "InternalError").toJSON() });
        }
      },
      failed: (error) => {
        if (!isOver()) ended({ error });
      },
      crashed: (error) => {
        if (!isOver()) this.#crashed(error);
      },
    });
    if (this.#isOver) {
      await process.close(true);
      throw new LabError("TaskNotRunning", `Cannot start a process of the task "${taskId}": the task has ended`);
    }
    return this.#process = process;
  }

  async #runIn(process: TaskProcess): Promise<void> {
    const { run, parameters } = await this.#parts.begin();
    for (const [key, value] of Object.entries(parameters)) await process.setParameter(key, value);
    await process.start(this.#parts.taskId, run);
    this.#isResuming = false;
  }

  #crashed(error: LabError): void {
    this.#run.abort();
    this.#isResuming = true;
    this.#parts.log.report("crashed", { text: error.message });
    this.#parts.crashed();
    if (this.#isOver) return;
    if (++this.#crashes > MAX_CRASHES) return this.#parts.ended({ error });
    this.#restart(async () => {
      await this.#makeSafe();
      await delay(RESTART_MS * 2 ** (this.#crashes - 1));
    });
  }

  /** Never rejects. */
  async #restart(prepare: () => Promise<void>): Promise<void> {
    try {
      await this.#process?.close(true);
      await prepare();
      if (this.#isOver) return;
      this.#plan ??= await this.#parts.plan();
      const process = await this.#open();
      this.#parts.log.report("resumed");
      await this.#runIn(process);
    } catch (thrown) {
      if (this.#isOver) return;
      const error = asLabError(thrown, "InternalError");
      if (this.#plan) this.#crashed(error);
      else this.#parts.ended({ error });
    }
  }

  async #makeSafe(): Promise<void> {
    const { taskId, bench, deviceIds } = this.#parts;
    const owned = bench.devices().filter(({ id, isConnected }) => isConnected && deviceIds().includes(id));
    const safe = owned.map((device) => device.makeSafe(`the process of the task ${taskId} has crashed`));
    await deadline(Promise.allSettled(safe), SAFE_MS).catch(() => {});
  }

  /** Waits until a device is connected again, or the task ends. */
  async #connected(id: string): Promise<void> {
    const device = this.#parts.bench.getDevice(id);
    if (!device.isConnected) this.#parts.log.print(`waits until "${id}" is connected`);
    while (!device.isConnected && !this.#isOver) await delay(100);
  }
}
