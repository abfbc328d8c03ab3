import { deadline } from "../async/mod.ts";
import { asLabError, type LabError, LabError as Failure } from "../errors.ts";
import { DEFAULT_CONFINEMENT } from "../host/child_process.ts";
import type { Host, HostEvents } from "../host/host.ts";
import type { Plan } from "../registry/plan.ts";
import { decodeFrames, EncodedJson } from "../stream/mod.ts";
import type { TaskAnswer, TaskRequest } from "../task/task_request.ts";
import { OpenRequests } from "./open_requests.ts";

/** The limit of a call to the task's own process: to answer it, to cancel it. */
const CALL_MS = 30_000;

/** The time for a task in this process to stop. */
const INLINE_STOP_MS = 1_000;

/** The epoch of every task: its requests are numbered, and no reader resumes them. */
const EPOCH = "task";

/** The reports of a task's process. */
export interface ProcessEvents extends Pick<HostEvents, "print" | "dropped"> {
  request(request: TaskRequest): void;
  /** The task has thrown. */
  failed(error: LabError): void;
  /** The process has ended by itself, or broke the protocol. */
  crashed(error: LabError): void;
}

/** The process of one run of a task: a driver's process, whose samples are requests. */
export class TaskProcess {
  readonly #host: Host;
  readonly #attempt: string;
  readonly #isInline: boolean;
  readonly #requests: OpenRequests;
  #isClosing = false;
  #isOver = false;

  private constructor(host: Host, taskId: string, requests: OpenRequests, isInline = false) {
    this.#host = host;
    this.#requests = requests;
    this.#isInline = isInline;
    this.#attempt = `Cannot run the task "${taskId}"`;
  }

  /**
   * Starts a process with the task made. It runs as soon as {@linkcode start} is called.
   *
   * @throws {LabError} `DriverError`, if the task's file or its constructor fails.
   */
  static async open(taskId: string, plan: Plan, events: ProcessEvents): Promise<TaskProcess> {
    const confinement = { ...DEFAULT_CONFINEMENT, permissions: plan.permissions };
    const opened: { process?: TaskProcess } = {};
    const requests = new OpenRequests();
    const crash = (error: LabError) => {
      const { process } = opened;
      if (!process || process.#isClosing || process.#isOver) return;
      process.#isOver = true;
      events.crashed(error);
    };
    const host = await plan.source.open(taskId, confinement, {
      ...events,
      block: ({ bytes }) => {
        try {
          const frames = decodeFrames(bytes);
          for (const event of frames) {
            if (event.event !== "device_data") continue;
            const request = event.payload as TaskRequest;
            requests.add(request.id, bytes.length / frames.length);
            events.request(request);
          }
        } catch (error) {
          crash(asLabError(error, "DriverError"));
        }
      },
      lost: () => crash(new Failure("DriverError", `The task "${taskId}" has lost a request`, { type: "TaskCrashed" })),
      problem: (error) => crash(error),
      ended: (error) => {
        const { process } = opened;
        if (!process || process.#isOver) return;
        if (!error) return crash(new Failure("DriverError", `The task "${taskId}" has ended without a result`));
        process.#isOver = true;
        events.failed(error);
      },
    });
    const process = opened.process = new TaskProcess(host, taskId, requests, plan.source.isInline);
    host.closed.then(crash);
    try {
      const params = plan.given ?? plan.params;
      const identity = { device_id: taskId, epoch: EPOCH, next_sequence: 0, arrays: null };
      await host.request("create", { ...identity, params }, { attempt: process.#attempt, limitMs: CALL_MS });
      await host.request("connect", {}, { attempt: process.#attempt, limitMs: CALL_MS });
      return process;
    } catch (error) {
      await process.close();
      throw error;
    }
  }

  /** Runs the task. */
  async start(taskId: string, run: number): Promise<void> {
    const options = { task_id: taskId, run };
    await this.#host.request("start", { options }, { attempt: this.#attempt, limitMs: CALL_MS });
  }

  /** The devices that the task claims. */
  async claims(): Promise<string[]> {
    const claims = await this.#call("claims");
    return Array.isArray(claims) ? claims.map(String) : [];
  }

  /** Answers a request. Never rejects: a process that is gone needs no answer. */
  async answer(answer: TaskAnswer): Promise<void> {
    this.#requests.remove(answer.id);
    if (this.#isOver || this.#isClosing) return;
    await this.#call("answer", { ...answer }).catch(() => {});
  }

  async cancel(): Promise<void> {
    await this.#call("cancel").catch(() => {});
  }

  async parameters(): Promise<Record<string, unknown>> {
    return await this.#call("get_parameters") as Record<string, unknown>;
  }

  async setParameter(key: string, value: unknown): Promise<unknown> {
    return await this.#call("set_parameter", { key, value });
  }

  /** Ends the process; with `force`, at once. Its later reports are ignored. */
  async close(force = false): Promise<void> {
    this.#isClosing = true;
    // A process stops its run itself when it ends.
    if (this.#isInline) {
      const options = { attempt: this.#attempt, limitMs: INLINE_STOP_MS };
      await this.#host.request("disconnect", { limit: INLINE_STOP_MS }, options).catch(() => {});
    }
    await deadline(this.#host.close({ force }), CALL_MS).catch(() => {});
  }

  async #call(method: string, kwargs: Record<string, unknown> = {}): Promise<unknown> {
    const result = await this.#host.request("call", { method, args: [], kwargs }, {
      attempt: this.#attempt,
      limitMs: CALL_MS,
    });
    return result instanceof EncodedJson ? result.decode() : result;
  }
}
