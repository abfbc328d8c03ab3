import { timestamp } from "../async/clock.ts";
import { LabError, shortened } from "../errors.ts";
import { EncodedJson } from "../stream/mod.ts";
import type { CallProgress, CallRecord, CallStatus } from "../wire/calls.ts";

/** The number of ended calls that are kept for later requests. */
const MAX_KEPT_CALLS = 100;

/** The time for which an ended call is kept. */
const MAX_KEPT_MS = 10 * 60_000;

/** The results of ended calls that are kept, as JSON. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

/** The work of a call. `signal` aborts when it is cancelled. */
export type CallWork = (call: Call, signal: AbortSignal) => Promise<unknown>;

/** One call of a method, from the request until it has ended. */
export class Call {
  readonly id: string = newCallId();
  readonly deviceId: string;
  readonly method: string;
  readonly startedAt: string = timestamp();
  /** Settles as the method does; never an unhandled rejection. */
  readonly answer: Promise<unknown>;
  /** True if the call is kept when it has ended. */
  isKept = false;
  progress: CallProgress | undefined;
  /** The time of the call's end by the monotonic clock; infinite until then. */
  endedMs = Infinity;
  readonly #startMs = performance.now();
  readonly #cancel = new AbortController();
  #status: CallStatus = "running";
  #endedAt: string | undefined;
  #result: unknown;
  #error: LabError | undefined;

  constructor(deviceId: string, method: string, work: CallWork) {
    this.deviceId = deviceId;
    this.method = method;
    this.answer = this.#run(work);
    this.answer.catch(() => {});
  }

  get isRunning(): boolean {
    return this.#status === "running";
  }

  /** The size of the call's result as JSON; 0 if the result is not a JSON text. */
  get bytes(): number {
    return this.#result instanceof EncodedJson ? this.#result.bytes.length : 0;
  }

  /** The time since it was asked for, in milliseconds. */
  get ageMs(): number {
    return performance.now() - this.#startMs;
  }

  /** Aborts the signal of its method, or takes it out of the queue. A method may ignore that. */
  cancel(): void {
    this.#cancel.abort(new LabError("CallCancelled", `${attemptOf(this)}: the call was cancelled`));
  }

  /** The call as data. The result of a driver's process is an `EncodedJson`. */
  record(): CallRecord {
    return {
      call_id: this.id,
      device_id: this.deviceId,
      method: this.method,
      status: this.#status,
      started_at: this.startedAt,
      ...(this.#endedAt && { ended_at: this.#endedAt }),
      ...(this.progress && { progress: this.progress }),
      ...(this.#status === "done" && { result: this.#result ?? null }),
      ...(this.#error && { error: this.#error.toJSON() }),
    };
  }

  async #run(work: CallWork): Promise<unknown> {
    const { signal } = this.#cancel;
    try {
      this.#result = await work(this, signal);
      this.#status = "done";
      return this.#result;
    } catch (thrown) {
      const error = thrown instanceof LabError
        ? thrown
        : new LabError("InternalError", String(thrown), { cause: thrown });
      this.#error = error;
      this.#status = error.code === "CallCancelled" ? "cancelled" : "failed";
      throw error;
    } finally {
      this.#endedAt = timestamp();
      this.endedMs = performance.now();
    }
  }
}

/** The calls of all devices: the running ones, and those that ended a short time ago. */
export class Calls {
  readonly #calls = new Map<string, Call>();

  /** Starts a call. */
  start(deviceId: string, method: string, work: CallWork): Call {
    const call = new Call(deviceId, method, work);
    this.#calls.set(call.id, call);
    call.answer.catch(() => {}).then(() => this.#trim());
    return call;
  }

  /** @throws {LabError} `CallNotFound`. */
  get(id: string): Call {
    this.#trim();
    const call = this.#calls.get(id);
    if (call) return call;
    const name = shortened(id);
    const message = `Cannot find call "${name}": it never existed, or has ended more than ${
      MAX_KEPT_MS / 60_000
    } minutes ago`;
    throw new LabError("CallNotFound", message, { context: { call_id: name } });
  }

  /** All calls that run or are kept, the oldest first. */
  get all(): Call[] {
    this.#trim();
    return [...this.#calls.values()];
  }

  #trim(): void {
    const ended = [...this.#calls.values()].filter((call) => !call.isRunning).reverse();
    for (const call of ended) if (!call.isKept) this.#calls.delete(call.id);
    let bytes = 0;
    for (const [index, call] of ended.filter(({ isKept }) => isKept).entries()) {
      bytes += call.bytes;
      const isOld = performance.now() - call.endedMs > MAX_KEPT_MS;
      // The newest result is kept whatever its size: its caller comes for it.
      if (isOld || index >= MAX_KEPT_CALLS || (index > 0 && bytes > MAX_KEPT_BYTES)) this.#calls.delete(call.id);
    }
  }
}

/** The beginning of an error's message. */
export function attemptOf({ deviceId, method }: Pick<Call, "deviceId" | "method">): string {
  return `Cannot call "${shortened(method)}" on "${deviceId}"`;
}

/** 50 random bits in base 32. */
function newCallId(): string {
  let id = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(10))) id += (byte % 32).toString(32);
  return id;
}
