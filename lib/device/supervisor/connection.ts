import { Semaphore } from "../../async/mod.ts";
import { asLabError, type LabError, messageOf } from "../../errors.ts";
import type { Host, HostEvents } from "../../host/host.ts";
import { clockFrame } from "../../stream/mod.ts";
import type { DeviceState, StateReason } from "../../wire/device.ts";
import type { DeviceParts } from "./device_parts.ts";
import { missingGrantLine, paramsSchema } from "../../registry/plan.ts";
import { maskSecretsIn } from "../../registry/secrets.ts";
import { connectionFailureSource, type Failure } from "./failure_source.ts";
import { periodOf, streamEnded, StreamingRun } from "./streaming_run.ts";

/**
 * The number of processes that start at a time: when fifty devices lose the same hub, the daemon stays responsive. A start
 * that takes longer than 3 s does not count: drivers that hang do not delay the others.
 */
const STARTS = new Semaphore(4, 3_000);

/** The driver's own limit comes first, so that the error names what hangs in the driver. */
export const ANSWER_MS = 500;

/**
 * One connection of a device: opens a host, creates the device, connects the instrument, streams while there is demand.
 * {@linkcode run} returns when the signal aborts or something fails, and {@linkcode close} closes what is open.
 */
export class Connection {
  /** The host, while the instrument is connected. */
  host: Host | undefined;
  /** The streaming run, from its start until it is over and, if it failed, the host is closed. */
  streamingRun: StreamingRun | undefined;
  readonly #device: DeviceParts;
  readonly #signal: AbortSignal;
  #reason: StateReason | undefined;
  #opened: Host | undefined;
  /** The reason why the host has ended, once it has. */
  #gone: LabError | undefined;
  /** The reason why the driver's connection to the instrument was lost, once it was. */
  #lost: LabError | undefined;
  /** The failure that a call has found: its method does not end. */
  #failed: LabError | undefined;
  #isCreated = false;
  #hasSafe = false;
  #connectedAt = Infinity;
  /** True if the host must be killed: it does not stop, or it is gone. */
  #force = false;

  /**
   * @param signal Ends the connection.
   * @param reason The reason for a new connection that replaces another. The first state that lasts is reported with it;
   * those before are not reported.
   */
  constructor(device: DeviceParts, signal: AbortSignal, reason?: StateReason) {
    this.#device = device;
    this.#signal = signal;
    this.#reason = reason;
  }

  /** The time since the instrument was connected, in milliseconds. Negative if it was not. */
  get lastedMs(): number {
    return performance.now() - this.#connectedAt;
  }

  /** Runs the connection. Never rejects. Returns the failure, or nothing if the signal ended it. */
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
      for (;;) {
        await this.#until(() => actual.canStream === true && demand.active);
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

  /** Ends the connection with an error. */
  fail(error: LabError): void {
    this.#failed ??= error;
    this.#device.changes.notify();
  }

  /**
   * Disconnects the instrument and closes the host, by force if need be. Never rejects.
   *
   * @param failure The failure that has ended it: the instrument is made safe before, if it was connected and can still be
   * reached.
   */
  async close(failure?: Failure): Promise<void> {
    const { id, settings: { limits: { stopMs } }, console, changes } = this.#device;
    const host = this.#opened;
    if (host && !this.#force && failure && this.#hasSafe && this.#connectedAt < Infinity) {
      const reason = `the connection has failed: ${failure.error.message}`;
      const options = { attempt: `Cannot make "${id}" safe`, limitMs: stopMs + ANSWER_MS };
      await host.request("safe", { reason, limit: stopMs }, options).catch((error) => {
        console.print(`the instrument may not be safe: ${messageOf(error)}`, "warning");
      });
    }
    if (host && !this.#force) {
      const options = { attempt: `Cannot disconnect "${id}"`, limitMs: stopMs + ANSWER_MS };
      await host.request("disconnect", { limit: stopMs }, options).catch((error) => {
        console.print(`the driver failed to disconnect: ${messageOf(error)}`, "warning");
        // One that has answered needs no force, which in a shared process would end the others, too.
        this.#force = asLabError(error, "InternalError").code === "DeviceTimeout";
      });
    }
    await host?.close({ force: this.#force });
    this.streamingRun = undefined;
    changes.notify();
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
    const {
      id,
      settings: { memoryBytes, limits: { heartbeatTimeoutMs } },
      desired: { plan },
    } = this.#device;
    const { source, permissions, group } = plan;
    const confinement = { permissions, memoryBytes, heartbeatTimeoutMs };
    const open = () =>
      group?.open(id, plan, this.#hostEvents(), this.#signal) ??
        source.open(id, confinement, this.#hostEvents(), this.#signal);
    const host = this.#opened = await STARTS.run(open, this.#signal);
    host.closed.then((reason) => {
      this.#gone = reason;
      this.#device.changes.notify();
    });
    return host;
  }

  /** @returns true if the driver has a stream. */
  async #create(host: Host): Promise<boolean> {
    const { id, log, settings: { arrays, safeOnShutdown }, desired: { plan }, actual } = this.#device;
    actual.warnings.clear();
    actual.instrumentClock = null;
    // The driver's process parses the params as they were given: once.
    const { missing, line } = plan;
    const grant = missing && line && { driver: plan.source.description.name, missing, line };
    const identity = {
      device_id: id,
      epoch: log.epoch,
      next_sequence: log.sequence,
      arrays,
      grant,
      safe_on_shutdown: safeOnShutdown,
    };
    const input = { ...identity, params: plan.given ?? plan.input.params };
    const { streams, safe } = await host.request("create", input, {
      attempt: this.#attempt("connect"),
      signal: this.#signal,
    });
    this.#isCreated = true;
    this.#hasSafe = safe === true;
    this.#device.actual.canMakeSafe = this.#hasSafe;
    return streams;
  }

  async #connect(host: Host): Promise<void> {
    const { connectMs: limitMs } = this.#device.settings.limits;
    const options = { attempt: this.#attempt("connect"), limitMs, probe: true, signal: this.#signal };
    await host.request("connect", {}, options);
    this.host = host;
    this.#connectedAt = performance.now();
  }

  /** One run, from its start until its demand ends or the driver has no more samples. */
  async #stream(host: Host): Promise<void> {
    const { id, settings: { limits }, demand, changes, actual: { warnings }, desired: { plan } } = this.#device;
    const periodMs = periodOf(demand.options, plan.source.description.options);
    const warn = (type: string, message: string | null) => warnings.set(type, message);
    const run = this.streamingRun = new StreamingRun(id, limits, periodMs, changes, warn);
    const input = { options: demand.options, read: limits.callMs };
    const options = { attempt: this.#attempt("start streaming"), limitMs: limits.connectMs, probe: true };
    // Not awaited: a stop does not wait for the start.
    host.request("start", input, { ...options, signal: this.#signal }).then(
      () => this.#started(run),
      (error) => run.endWith(error),
    );
    const { revision } = demand;
    await this.#until(() => run.end !== undefined || !demand.active || demand.revision !== revision).finally(() =>
      run.close()
    );
    if (run.end?.error) throw run.end.error;
    if (run.end && demand.permanent) throw streamEnded(id);
    if (run.end) demand.stop();
    else await this.#stop(host, run);
    this.streamingRun = undefined;
    this.enter("connected");
    changes.notify();
  }

  #started(run: StreamingRun | undefined): void {
    if (run?.started()) this.enter("streaming");
  }

  async #stop(host: Host, run: StreamingRun): Promise<void> {
    run.isStopping = true;
    const { stopLimitMs } = run;
    await host.request("stop", { limit: stopLimitMs }, {
      attempt: this.#attempt("stop"),
      limitMs: stopLimitMs + ANSWER_MS,
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
      warn: (type, message) => actual.warnings.set(type, message),
      problem: (error) => actual.report(this.#masked(error)),
      print: (line, level) => console.print(line, level),
      dropped: (lines, bytes) => console.drop(lines, bytes),
      ended: (error) => this.streamingRun?.endWith(error),
      disconnected: (error) => {
        this.#lost ??= error;
        this.#device.changes.notify();
      },
    };
  }

  /** Waits until `condition` holds. Throws when the signal aborts or the host is gone. */
  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.#signal.throwIfAborted();
      if (this.#gone) throw this.#gone;
      if (this.#lost) throw this.#lost;
      if (this.#failed) throw this.#failed;
      if (condition()) return;
      await this.#device.changes.next();
    }
  }

  #masked(error: LabError): LabError {
    const { plan } = this.#device.desired;
    return maskSecretsIn(error, plan.params, paramsSchema(plan));
  }

  #failureOf(thrown: unknown): Failure {
    const error = this.#masked(asLabError(thrown, "InternalError"));
    this.#adviseGrant(error);
    const isStopping = this.streamingRun?.isStopping ?? false;
    // A driver that does not stop does not disconnect either.
    this.#force = this.#gone !== undefined || (isStopping && error.code === "DeviceTimeout");
    const source = connectionFailureSource(error, {
      isGone: this.#gone !== undefined,
      isInstrument: this.#isCreated && !isStopping,
    });
    error.failureSource = source;
    return { error, source, isInnocent: this.#gone !== undefined && this.#opened?.isInnocent };
  }

  /** Adds the line of the bench file that may be missing: a driver can hide that it was denied a permission. */
  #adviseGrant(error: LabError): void {
    const line = missingGrantLine(this.#device.desired.plan);
    if (line === undefined || this.#connectedAt < Infinity || error.message.includes("grants: {")) return;
    error.message +=
      `. Its driver asks for more than it was granted: if it should have it, add to the bench file: ${line}`;
  }

  #attempt(what: string): string {
    return `Cannot ${what} "${this.#device.id}"`;
  }
}
