import { deadline, DeadlineError } from "../../async/mod.ts";
import { LabError } from "../../errors.ts";
import { elapsed } from "../../format/elapsed.ts";
import type { Host, RequestOptions } from "../../host/host.ts";
import type { ProtocolRequests } from "../../host/protocol/protocol.ts";
import { WorkSpan } from "./work_span.ts";
import { ANSWER_GRACE_MS } from "./settings.ts";

/** The requests that work under the device's lock. */
export type WorkOperation = "call" | "get" | "set";

/** The options of work under a device's lock. */
export interface WorkOptions extends Pick<RequestOptions, "attempt" | "progress"> {
  /** The time that the work may take once it has the lock, in milliseconds. Its signal aborts then. */
  limitMs: number;
  /** The work is refused with `CommandExpired` if it has waited so many milliseconds for the lock. */
  validMs?: number;
  /** Without `validMs`: the time that the work may wait for the lock, in milliseconds. It is refused with `DeviceTimeout`. */
  waitMs: number;
  /** The time that the work has to end after its limit, in milliseconds. */
  graceMs: number;
  /** Cancels the work. The work may ignore that. */
  signal?: AbortSignal;
  /** Goes into the context of errors. */
  context: Record<string, unknown>;
}

/**
 * Work under the device's lock: waits for its turn, and then for its end, each with a limit.
 *
 * @param hangs Called if the work has not ended within `graceMs` after its limit. The work then holds the lock, and
 * blocks all other work.
 * @throws {LabError} `CommandExpired`, `DeviceTimeout`, or the driver's error.
 */
export async function driverWork<Op extends WorkOperation>(
  host: Host,
  op: Op,
  input: ProtocolRequests[Op][0],
  options: WorkOptions,
  hangs: (error: LabError) => void,
): Promise<unknown> {
  const { attempt, limitMs, validMs, waitMs, graceMs, context, signal, progress } = options;
  const span = new WorkSpan(`${op} ${"method" in input ? input.method : input.name}`, context.device_id);
  const over = new AbortController();
  const cancel = () => over.abort(signal?.reason);
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel);
  const begun = Promise.withResolvers<void>();
  const valid = validMs !== undefined && Number.isFinite(validMs) ? validMs : null;
  const work: Promise<unknown> = host.request(op, { ...input, valid }, {
    attempt,
    limitMs: Infinity,
    cancel: over.signal,
    begun: () => {
      span.begun();
      begun.resolve();
    },
    progress,
  });
  let isDone = false;
  const done = () => {
    isDone = true;
    signal?.removeEventListener("abort", cancel);
  };
  work.then(() => (done(), span.ended()), (error) => (done(), span.failed(error)));
  const refusal = (code: "CommandExpired" | "DeviceTimeout", found: string) => {
    over.abort();
    work.catch(() => {});
    return new LabError(code, `${attempt}: ${found}`, { context });
  };
  await within(
    Promise.race([begun.promise, work]),
    // The process answers that work has expired. This limit is for one that does not answer.
    validMs === undefined ? waitMs : validMs + ANSWER_GRACE_MS,
    () =>
      validMs === undefined
        ? refusal("DeviceTimeout", `it has waited ${elapsed(waitMs)} for other commands; nothing was done`)
        : refusal("CommandExpired", `it has waited ${elapsed(validMs)} for the driver; nothing was done`),
  );
  // Most work ends before its begin is reported.
  if (isDone) return await work;
  return await within(work, limitMs, () => {
    deadline(work, graceMs).catch((error) => {
      if (!(error instanceof DeadlineError)) return;
      const message = `${attempt}: it still ran ${graceMs} ms after its signal aborted`;
      hangs(new LabError("DriverError", message, { type: "MethodHangs", context }));
    });
    return refusal("DeviceTimeout", `no answer within ${limitMs} ms`);
  });
}

/** As `promise`, or rejects with the error of `late` after `ms` milliseconds. */
async function within<T>(promise: Promise<T>, ms: number, late: () => LabError): Promise<T> {
  try {
    return await deadline(promise, ms);
  } catch (error) {
    throw error instanceof DeadlineError ? late() : error;
  }
}

/**
 * The error of work that did not end by itself, with what was attempted: its device was made safe, or its connection has
 * ended for `reason`. Any other error stays as it is.
 */
export function endedWork(
  thrown: unknown,
  reason: string | undefined,
  { attempt, signal, context }: Pick<WorkOptions, "attempt" | "signal" | "context">,
): unknown {
  if (!(thrown instanceof LabError) || signal?.aborted) return thrown;
  const named = (code: LabError["code"], why: string) =>
    new LabError(code, `${attempt}: ${why}`, { cause: thrown, context });
  if (thrown.code === "CallCancelled") return named("CallCancelled", thrown.message);
  const isEnded = thrown.code === "DeviceNotConnected" || thrown.type === "AbortError";
  return isEnded && reason !== undefined ? named("DeviceNotConnected", `it was ended because ${reason}`) : thrown;
}
