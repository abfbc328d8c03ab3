import { Notifier } from "../async/mod.ts";
import type { DeviceFunctions } from "../driver/mod.ts";
import { LabError } from "../errors.ts";
import { encodeJson } from "../stream/encode.ts";
import { TaskContext } from "./task_context.ts";
import { MAX_REQUEST_CHARS, type TaskAnswer, type TaskOrder, type TaskRequest } from "./task_request.ts";

/** The requests that the daemon works on at a time; those that wait for something else do not count. */
const MAX_AT_ONCE = 64;

const WAITS: ReadonlySet<string> = new Set<TaskOrder["op"]>(["checkpoint", "ask", "read"]);

/** The options of the stream by which a task runs. */
export interface RunOptions {
  task_id: string;
  run: number;
}

/** The parts of a task that is to run. */
export interface TaskParts {
  params: Record<string, unknown>;
  /** The devices that its params name. */
  claims: string[];
  /** The changeable values. */
  parameters: Record<string, unknown>;
  /** Checks a changed value. */
  checkParameter(key: string, value: unknown): unknown;
  run(context: TaskContext): Promise<unknown> | unknown;
}

/** A task in its process, in the form of a device: the samples of its stream are its requests to the daemon. */
export class TaskRun implements DeviceFunctions<RunOptions & Record<string, unknown>, TaskRequest> {
  readonly #parts: TaskParts;
  readonly #waiting: TaskRequest[] = [];
  readonly #open = new Map<number, PromiseWithResolvers<unknown> & { counts: boolean }>();
  /** The open requests that count towards {@linkcode MAX_AT_ONCE}. */
  #atOnce = 0;
  readonly #changed = new Notifier();
  readonly #cancelled = new AbortController();
  #lastId = 0;

  constructor(parts: TaskParts) {
    this.#parts = parts;
  }

  get claims(): string[] {
    return this.#parts.claims;
  }

  get parameters(): Record<string, unknown> {
    return this.#parts.parameters;
  }

  /** Runs the task. Ends with its error if it throws one. */
  async *stream(signal: AbortSignal, { task_id: taskId, run }: RunOptions): AsyncGenerator<TaskRequest, void> {
    const { params, parameters, run: work } = this.#parts;
    const ask = (order: TaskOrder) => this.#ask(order);
    const context = new TaskContext({ taskId, run, params, parameters, signal: this.#cancelled.signal, ask });
    let outcome: { result: unknown } | { error: unknown } | undefined;
    Promise.try(() => work(context)).then((result) => outcome = { result }, (error) => outcome = { error })
      .then(() => this.#changed.notify());
    const stop = () => this.#changed.notify();
    signal.addEventListener("abort", stop);
    while (!signal.aborted) {
      for (let next = this.#next(); next; next = this.#next()) yield next;
      if (outcome && this.#waiting.length === 0) break;
      await this.#changed.next();
    }
    signal.removeEventListener("abort", stop);
    // The daemon has stopped the run: this ends everything that waits for the signal.
    if (!outcome) return this.cancel();
    if ("error" in outcome) throw outcome.error;
    yield this.#request({ op: "ended", result: outcome.result ?? null });
  }

  /** The daemon answers a request. */
  answer(answer: TaskAnswer): void {
    const open = this.#open.get(answer.id);
    this.#open.delete(answer.id);
    if (!open) return;
    if (open.counts && this.#atOnce-- === MAX_AT_ONCE) this.#changed.notify();
    if ("result" in answer) return open.resolve(answer.result);
    const { type, message, context } = answer.error;
    open.reject(new LabError("DriverError", message, { type, context, origin: answer.error.origin }));
  }

  cancel(): void {
    this.#cancelled.abort(new DOMException("the task was cancelled", "AbortError"));
  }

  /** @returns the value as the task took it. */
  setParameter(key: string, value: unknown): unknown {
    return this.#parts.parameters[key] = this.#parts.checkParameter(key, value);
  }

  /** The next request to send, if the daemon is to have one more. */
  #next(): TaskRequest | undefined {
    const counts = this.#waiting.length > 0 && !WAITS.has(this.#waiting[0].op);
    if (counts && this.#atOnce >= MAX_AT_ONCE) return undefined;
    if (counts) this.#atOnce++;
    return this.#waiting.shift();
  }

  async #ask(order: TaskOrder): Promise<unknown> {
    const request = this.#request(order);
    const open = { ...Promise.withResolvers<unknown>(), counts: !WAITS.has(order.op) };
    this.#open.set(request.id, open);
    this.#waiting.push(request);
    this.#changed.notify();
    return await open.promise;
  }

  /**
   * @throws {LabError} `NotSerializable` for a value without a JSON form, such as a function: it would be lost on its
   * way, which counts as a crash, and the task would run again. `InvalidRequest` for a request that is too large.
   */
  #request(order: TaskOrder): TaskRequest {
    const size = encodeJson(order).length;
    if (size <= MAX_REQUEST_CHARS) return { ...order, id: ++this.#lastId };
    const found = `it is ${size} characters as JSON, and ${MAX_REQUEST_CHARS} are allowed`;
    throw new LabError("InvalidRequest", `Cannot send "${order.op}" to the daemon: ${found}`);
  }
}
