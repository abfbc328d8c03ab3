import { LabError, messageOf } from "../../errors.ts";
import type { Host, HostEvents } from "../../host/host.ts";
import { clockFrame } from "../../stream/mod.ts";
import type { DeviceState, StateReason } from "../../wire/device.ts";
import type { DeviceParts } from "./device_parts.ts";
import { maskSecretsOf, type Plan, planDevice, textWithoutSecrets } from "../../registry/plan.ts";
import { closeHost, safeByHost } from "./close_host.ts";
import { ConnectionEnd } from "./connection_end.ts";
import { connectionFailure, type Failure } from "./failure.ts";
import { createInput, openHost } from "./open_host.ts";
import { ANSWER_GRACE_MS } from "./settings.ts";
import { periodOf, streamEnded, StreamingRun } from "./streaming_run.ts";

/**
 * One connection of a device: opens a host, creates the device, connects the instrument, streams while there is demand.
 * {@linkcode run} returns when the signal aborts or something fails, and {@linkcode close} closes what is open.
 */
export class Connection {
  /** The host, while the instrument is connected. */
  host: Host | undefined;
  /** The streaming run, from its start to its end; if it failed, until the host is closed. */
  streamingRun: StreamingRun | undefined;
  readonly #device: DeviceParts;
  readonly #signal: AbortSignal;
  #reason: StateReason | undefined;
  #opened: Host | undefined;
  readonly #end: ConnectionEnd;
  #isCreated = false;
  #hasSafe = false;
  /** True if the driver's process has refused to connect for an earlier owner. */
  isRefused = false;
  #connectedAt = Infinity;
  #failure: Failure | undefined;
  /** True if the host must be killed, because it does not stop or is gone. */
  #force = false;

  /**
   * @param signal Ends the connection.
   * @param reason The reason for a new connection that replaces another. The first state that lasts is reported with it;
   * those before are not reported.
   */
  constructor(device: DeviceParts, signal: AbortSignal, reason?: StateReason) {
    this.#device = device;
    this.#signal = signal;
    this.#end = new ConnectionEnd(signal, device.changes);
    this.#reason = reason;
  }

  /** The time since the instrument was connected, in milliseconds. Negative if it was not. */
  get lastedMs(): number {
    return performance.now() - this.#connectedAt;
  }

  /** The reason for which the connection ends, as it goes on after "because"; `undefined` until it does. */
  get endReason(): string | undefined {
    if (this.#signal.aborted) return messageOf(this.#signal.reason);
    return this.#failure && failed(this.#failure);
  }

  /** Runs the connection. Never rejects. Returns the failure; nothing if the signal ended the connection. */
  async run(): Promise<Failure | undefined> {
    const { actual, demand, changes } = this.#device;
    const notify = () => changes.notify();
    this.#signal.addEventListener("abort", notify);
    try {
      this.enter("connecting");
      const host = await this.#open();
      const canStream = await this.#create(host);
      await this.#connect(host);
      actual.canStream = canStream;
      this.enter("connected");
      // Run after run, until the connection ends: `until` throws then.
      for (;;) {
        await this.#end.until(() => actual.canStream === true && demand.active);
        // A stop may have come in between.
        if (demand.active) await this.#stream(host);
      }
    } catch (thrown) {
      const failure = this.#failureOf(thrown);
      return this.#signal.aborted ? undefined : failure;
    } finally {
      this.#signal.removeEventListener("abort", notify);
      this.host = undefined;
    }
  }

  /** Ends the connection: a method of its driver does not end. */
  fail(error: LabError): void {
    this.#end.by("hangs", error);
  }

  /**
   * Disconnects the instrument and closes the host, by force if need be. Never rejects.
   *
   * @param failure The failure that has ended it: the instrument is made safe before, if it was connected and can still be
   * reached.
   */
  async close(failure?: Failure): Promise<void> {
    this.#failure = failure;
    const makesSafe = failure && this.#hasSafe && this.#connectedAt < Infinity;
    const safeReason = makesSafe ? failed(failure) : undefined;
    if (this.#opened) await closeHost(this.#opened, this.#device, { safeReason, force: this.#force });
    this.streamingRun = undefined;
    this.#device.changes.notify();
  }

  /**
   * Enters a state. On the way to a new version of the driver, states that pass are not reported, and the first one that
   * lasts is reported with its reason.
   */
  enter(state: DeviceState, details: { error?: LabError; retryInMs?: number } = {}): void {
    const { actual, demand } = this.#device;
    const passes = state === "connecting" || (state === "connected" && actual.canStream && demand.active);
    if (this.#reason && passes) return actual.enter(state, { silent: true });
    actual.enter(state, { ...details, reason: this.#reason });
    this.#reason = undefined;
  }

  async #open(): Promise<Host> {
    const host = this.#opened = await openHost(this.#device, this.#hostEvents(), this.#signal);
    host.closed.then((reason) => this.#end.by("gone", reason));
    return host;
  }

  /** @returns true if the driver has a stream. */
  async #create(host: Host): Promise<boolean> {
    const { actual, desired: { plan } } = this.#device;
    actual.warnings.clear();
    actual.instrumentClock = null;
    const options = { attempt: this.#attempt("connect"), signal: this.#signal };
    const { streams, safe, checked } = await host.request("create", createInput(this.#device), options).catch(
      (error) => {
        if (error instanceof LabError && error.code === "InvalidRequest") plan.check?.drop();
        throw error;
      },
    );
    if (plan.check?.stands(checked) === false) await this.#planAgain(plan);
    this.#isCreated = true;
    this.#hasSafe = safe === true;
    actual.canMakeSafe = this.#hasSafe;
    return streams;
  }

  /** Plans again, and ends this connection: the plan is based on a kept answer that is no longer the driver's. */
  async #planAgain(plan: Plan): Promise<void> {
    const next = await planDevice(plan.source, plan.input, this.#attempt("connect"));
    if (this.#device.desired.plan === plan) this.#device.replacePlan(next);
    this.#signal.throwIfAborted();
  }

  async #connect(host: Host): Promise<void> {
    const { connectMs: limitMs } = this.#device.settings.limits;
    const options = { attempt: this.#attempt("connect"), limitMs, probe: true, signal: this.#signal };
    const { actual, desired } = this.#device;
    if (desired.fence > 0) host.setFence(desired.fence, desired.isLeased);
    const { fence, isLeased, connectFence } = desired;
    const input = connectFence === undefined ? {} : { fence: connectFence };
    const connected = await host.request("connect", input, options).catch((error) => {
      this.isRefused = this.#isRefusal(error, connectFence);
      throw error;
    });
    actual.sample = connected?.sample ?? null;
    desired.connectFence = undefined;
    this.#connectedAt = performance.now();
    await this.#makeSafeFirst(host);
    // A change of the fence does not reach the host before `this.host` is set.
    if (desired.fence !== fence || desired.isLeased !== isLeased) host.setFence(desired.fence, desired.isLeased);
    this.host = host;
  }

  /** Makes the instrument safe before anyone uses it. The device's lease ended while it was not connected. */
  async #makeSafeFirst(host: Host): Promise<void> {
    const { desired, settings: { limits: { stopMs } } } = this.#device;
    for (let reason = desired.safeReason; reason !== undefined; reason = desired.safeReason) {
      desired.safeReason = undefined;
      if (this.#hasSafe) await safeByHost(host, this.#device, reason, stopMs);
    }
  }

  /** Runs one stream, from its start until its demand ends or the driver has no more samples. */
  async #stream(host: Host): Promise<void> {
    const { id, settings: { limits }, demand, changes, desired: { plan } } = this.#device;
    const periodMs = periodOf(demand.options, plan.source.description.options);
    const warn = (type: string, message: string | null) => this.#warn(type, message);
    const run = this.streamingRun = new StreamingRun(this.#device, periodMs, warn);
    const { startFence: fence } = demand;
    const input = { options: demand.options, read: limits.callMs, ...(fence !== undefined && { fence }) };
    const options = { attempt: this.#attempt("start streaming"), limitMs: limits.connectMs, probe: true };
    // Not awaited: a stop does not wait for the start.
    host.request("start", input, { ...options, signal: this.#signal }).then(
      () => this.#started(run),
      (error) => run.endWith(error),
    );
    const { revision } = demand;
    await this.#end.until(() => run.end !== undefined || !demand.active || demand.revision !== revision).finally(() =>
      run.close()
    );
    const error = run.end?.error;
    if (this.#isRefusal(error, fence)) demand.refuse(error);
    else if (error) throw error;
    else if (run.end && demand.permanent) throw streamEnded(id);
    else if (run.end) demand.stop();
    else await this.#stop(host, run);
    this.streamingRun = undefined;
    this.enter("connected");
    changes.notify();
  }

  /** True for the refusal of a command of an earlier owner. A driver may throw the same error by itself. */
  #isRefusal(error: unknown, fence: number | undefined): error is LabError {
    const isOutdated = fence !== undefined && fence < this.#device.desired.fence;
    return isOutdated && error instanceof LabError && error.code === "LeaseEnded";
  }

  #started(run: StreamingRun | undefined): void {
    if (!run?.started()) return;
    this.#device.demand.startFence = undefined;
    this.enter("streaming");
  }

  async #stop(host: Host, run: StreamingRun): Promise<void> {
    run.isStopping = true;
    const { stopLimitMs } = run;
    await host.request("stop", { limit: stopLimitMs }, {
      attempt: this.#attempt("stop"),
      limitMs: stopLimitMs + ANSWER_GRACE_MS,
    });
  }

  #hostEvents(): HostEvents {
    const { log, readers, console, actual } = this.#device;
    return {
      block: (block) => {
        // The first sample may overtake the answer to the start.
        this.#started(this.streamingRun);
        this.streamingRun?.sampled();
        log.append(block);
      },
      sample: (sequence, payload) => readers.sample(sequence, payload),
      lost: (next) => log.lose(next),
      clock: (stepMs, source) => log.preface(clockFrame(log.deviceId, stepMs, source)),
      instrumentClock: (status) => actual.instrumentClock = status,
      transcript: (entries) => this.#device.transcript(entries),
      warn: (type, message) => this.#warn(type, message),
      problem: (error) => actual.report(maskSecretsOf(this.#device.desired.plan, error)),
      print: (line, level) => console.print(line, level),
      dropped: (lines, bytes) => console.drop(lines, bytes),
      ended: (error) => this.streamingRun?.endWith(error),
      disconnected: (error) => this.#end.by("lost", error),
    };
  }

  /** A warning quotes samples, and the driver chooses its words. */
  #warn(type: string, message: string | null): void {
    const { actual, desired: { plan } } = this.#device;
    const shown = (text: string) => textWithoutSecrets(plan, text);
    actual.warnings.set(shown(type), message && shown(message));
  }

  #failureOf(thrown: unknown): Failure {
    const isGone = this.#end.isGone;
    const isStopping = this.streamingRun?.isStopping ?? false;
    const progress = { isGone, isStopping, isCreated: this.#isCreated, wasConnected: this.#connectedAt < Infinity };
    const failure = connectionFailure(thrown, this.#device.desired.plan, progress);
    // A driver that does not stop does not disconnect either.
    this.#force = isGone || (isStopping && failure.error.code === "DeviceTimeout");
    return { ...failure, isEndedByOther: isGone && this.#opened?.isEndedByOther };
  }

  #attempt(what: string): string {
    return `Cannot ${what} "${this.#device.id}"`;
  }
}

/** A failure as a reason, which goes on after "because". */
function failed({ error }: Failure): string {
  return `the connection has failed: ${error.message}`;
}
