import { metrics } from "@opentelemetry/api";
import { timestamp } from "../async/clock.ts";
import type { DurationHistogram } from "../async/duration_histogram.ts";
import { LabError, listed, shortened } from "../errors.ts";
import { eventFrame, type StreamLog } from "../stream/mod.ts";
import type { MethodDescription } from "../wire/driver.ts";
import { attemptOf, type Call, type Calls } from "./calls.ts";
import { type CommandOrigin, type Commands, namedArguments } from "./commands.ts";
import { textWithoutSecrets } from "../registry/plan.ts";
import type { Limits } from "./supervisor/settings.ts";
import type { Supervisor } from "./supervisor/supervisor.ts";

/** For OpenTelemetry; without a provider it does nothing. */
const callDurations = metrics.getMeter("labdaemon").createHistogram("labdaemon_device_call_duration_seconds", {
  description: "Time from the request of a call to its end, the time in the queue included.",
  unit: "s",
});

/** One call of a method: its name, its positional and its named arguments. */
export interface MethodCall {
  method: string;
  args: unknown[];
  kwargs: Record<string, unknown>;
}

/**
 * The options of a call from a script.
 *
 * @example Follow the progress, and cancel
 * ```ts
 * import { type CallOptions, defineDriver, LabDaemon } from "labdaemon";
 *
 * const Stage = defineDriver({
 *   name: "Stage",
 *   create: () => ({}),
 *   methods: {
 *     home: { limit: "10min", run: (_stage, _input, { progress }) => progress(0.5, "half of the way") },
 *   },
 * });
 * await using daemon = new LabDaemon();
 * daemon.registerPlugins({ devices: { Stage } });
 * const stage = await daemon.addDevice("stage1", "Stage");
 * await stage.connect();
 * const cancel = new AbortController();
 * const seen: unknown[] = [];
 * const options: CallOptions = { signal: cancel.signal, progress: (fraction) => seen.push(fraction) };
 * await stage.call("home", [], {}, options);
 * console.assert(seen[0] === 0.5);
 * ```
 */
export interface CallOptions {
  /**
   * The call is refused with `CommandExpired` if it has waited so many milliseconds for its turn. Without it, the call is
   * refused with `DeviceTimeout` after the call limit of the device (30 s by default).
   */
  validMs?: number;
  /** Cancels the call. */
  signal?: AbortSignal;
  /** Called with each progress that the method reports. */
  progress?(fraction: number | null, text: string): void;
}

/** The device that a method is called on. */
export interface CalledDevice {
  readonly id: string;
  readonly supervisor: Supervisor;
  readonly log: StreamLog;
  readonly calls: Calls;
  readonly limits: Limits;
  readonly callCounts: CallCounts;
  readonly commands: Commands;
}

/** The counts of a device's calls that have ended. */
export interface CallCounts {
  /** From the request to the answer, the time in the queue included. */
  readonly durations: DurationHistogram;
  /** Calls that ended with an error, the cancelled ones included. */
  failed: number;
}

/**
 * Starts a call of a method. An error of the driver becomes the device's last error. Returns the result; from a
 * driver's process, it is `EncodedJson`.
 *
 * @throws {LabError} at once if there is no such method, or the device is not connected.
 */
export function startCall(
  device: CalledDevice,
  call: MethodCall,
  options: CallOptions & { origin?: CommandOrigin } = {},
): Call {
  const { supervisor, calls, limits } = device;
  const attempt = attemptOf({ deviceId: device.id, method: call.method });
  const { limit, input } = knownMethod(device, call.method, attempt);
  // A call that cannot be made is refused at once.
  supervisor.host(attempt);
  const { callMs, stopMs } = limits;
  const work = {
    attempt,
    limitMs: limit === undefined ? callMs : limit * 1000,
    validMs: options.validMs,
    waitMs: callMs,
    graceMs: stopMs,
    context: { device_id: device.id, method: call.method },
  };
  const started = calls.start(device.id, call.method, async (started, signal) => {
    const progress = (fraction: number | null, said: string) => {
      const text = textWithoutSecrets(supervisor.desired.plan, said);
      started.progress = { fraction, text };
      const report = { call_id: started.id, method: call.method, fraction, text };
      device.log.notify(eventFrame("progress", { device_id: device.id, timestamp: timestamp(), ...report }));
      options.progress?.(fraction, text);
    };
    const startMs = performance.now();
    const ended = (outcome: { result: unknown } | { error: unknown }) =>
      device.commands.ended(() => ({
        event: "call",
        deviceId: device.id,
        plan: supervisor.desired.plan,
        startMs,
        origin: options.origin,
        about: { call_id: started.id, method: call.method, started_at: started.startedAt },
        input: { field: "arguments", value: namedArguments(call.args, call.kwargs, input), schema: input },
        outcome,
      }));
    try {
      const result = await supervisor.work("call", { ...call, fence: options.origin?.fence }, {
        ...work,
        signal,
        progress,
      });
      ended({ result });
      return result;
    } catch (thrown) {
      device.callCounts.failed++;
      const error = signal.aborted ? cancelled(signal.reason, thrown) : thrown;
      ended({ error });
      throw error;
    } finally {
      const seconds = (performance.now() - startMs) / 1000;
      device.callCounts.durations.observe(seconds);
      callDurations.record(seconds, { device: device.id });
    }
  });
  const cancel = () => started.cancel();
  if (options.signal?.aborted) cancel();
  options.signal?.addEventListener("abort", cancel);
  started.answer.catch(() => {}).then(() => options.signal?.removeEventListener("abort", cancel));
  return started;
}

/** @throws {LabError} `InvalidRequest` or `MethodNotFound`. */
function knownMethod({ id, supervisor }: CalledDevice, name: string, attempt: string): MethodDescription {
  const context = { device_id: id, method: shortened(name) };
  if (name.startsWith("_")) {
    throw new LabError("InvalidRequest", `${attempt}: names that begin with _ are private`, { context });
  }
  const { methods } = supervisor.desired.plan.source.description;
  const found = methods.find((it) => it.name === name);
  if (found) return found;
  const known = listed(methods.map(({ name }) => name));
  const message = `${attempt}: there is no such method; known methods are ${known}`;
  throw new LabError("MethodNotFound", message, { context });
}

/** The error of a cancelled call. If its method then failed in another way, the message quotes that. */
function cancelled(reason: LabError, thrown: unknown): unknown {
  const isFailure = thrown instanceof LabError && thrown.type !== "AbortError" && thrown.code !== "CallCancelled";
  if (!isFailure) return reason;
  return new LabError("CallCancelled", `${reason.message} (${thrown.message})`, {
    cause: thrown,
    context: reason.context,
  });
}
