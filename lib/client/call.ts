import { abortable } from "../async/abortable.ts";
import { delay } from "../async/delay.ts";
import type { AcceptedCall, CallProgress, CallRecord } from "../wire/calls.ts";
import { ERRORS } from "../wire/error_codes.ts";
import type { Requests } from "./requests.ts";
import { ServerAPIError, ServerConnectionError } from "./server_error.ts";

/** The arguments of a method. Positional `args` fill the method's parameters in their declared order. */
export interface CallArguments {
  args?: unknown[];
  kwargs?: Record<string, unknown>;
}

/** The options of {@linkcode ServerAPI.callDeviceMethod}. */
export interface FollowOptions {
  /** Cancels the call on the daemon. The call then rejects with `CallCancelled`. */
  signal?: AbortSignal;
  /** Called with each new progress that the method reports. */
  onProgress?(progress: CallProgress): void;
  /** The limit of the whole call in milliseconds. Without it, the daemon's own limit of the method holds. */
  timeoutMs?: number;
}

/** The time for which one request waits for the end of a call, in seconds. */
const MAX_WAIT_SECONDS = 20;

/** The time between two questions for progress. */
const PROGRESS_MS = 300;

/** Calls a method and follows the call to its end, however long it takes. */
export async function followedCall(
  requests: Requests,
  id: string,
  call: CallArguments & { method: string },
  options: FollowOptions = {},
): Promise<unknown> {
  const { timeoutMs } = options;
  if (timeoutMs === undefined) return await follow(requests, id, call, options);
  const over = new AbortController();
  const late = new ServerConnectionError(
    `Cannot call "${call.method}" on "${id}": no answer within ${timeoutMs} ms`,
    { type: "RequestTimeout" },
  );
  const timer = setTimeout(() => over.abort(late), timeoutMs);
  try {
    return await abortable(follow(requests, id, call, options, over.signal), over.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** @param over Ends following the call, which itself goes on. */
async function follow(
  requests: Requests,
  id: string,
  call: CallArguments & { method: string },
  { signal, onProgress }: FollowOptions,
  over?: AbortSignal,
): Promise<unknown> {
  // Half of the limit of a request, so that its answer is in time.
  const most = Math.min(MAX_WAIT_SECONDS, Math.floor(requests.timeoutMs / 2_000));
  const isWatched = signal !== undefined || onProgress !== undefined;
  const first = await requests.send({
    method: "POST",
    path: ["devices", id, "call"],
    body: call,
    prefer: isWatched ? "respond-async, wait=1" : most > 0 ? `respond-async, wait=${most}` : undefined,
    isAnswer: (json) => "result" in Object(json) || "call_id" in Object(json),
    signal: over,
  }) as { result: unknown } | AcceptedCall;
  if (!("call_id" in first)) return first.result;
  const path = ["calls", first.call_id];
  const cancel = () => void requests.send({ method: "DELETE", path, isAnswer: () => true }).catch(() => {});
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel);
  try {
    let seen = "";
    for (;;) {
      // A new call reports little, and a quick one has ended soon.
      if (isWatched) await delay(PROGRESS_MS, { signal: over });
      const wait = isWatched ? undefined : `wait=${most}`;
      const record = await requests.send({ method: "GET", path, prefer: wait, isAnswer, signal: over }) as CallRecord;
      const { status, progress, result, error } = record;
      const text = JSON.stringify(progress);
      if (progress && text !== seen) onProgress?.(progress);
      seen = text;
      if (status === "done") return result;
      if (error) throw new ServerAPIError(error.message, { ...error, status: statusOf(error.type) });
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

function isAnswer(json: unknown): boolean {
  return "status" in Object(json);
}

/** The HTTP status of an error that came in a call's record. A driver names its errors itself. */
function statusOf(type: string): number {
  return Object.hasOwn(ERRORS, type) ? ERRORS[type as keyof typeof ERRORS].status : 502;
}
