import { deadline, DeadlineError, Notifier } from "../../async/mod.ts";
import { asLabError, LabError } from "../../errors.ts";
import type { Host, ProcessUsage } from "../../host/host.ts";
import type { ProtocolRequests } from "../../host/protocol/protocol.ts";
import { maskSecretsOf, type Plan } from "../../registry/plan.ts";
import type { StreamLog } from "../../stream/mod.ts";
import { DeviceLines } from "./device_lines.ts";
import { ActualState } from "./actual_state.ts";
import { DesiredState } from "./desired_state.ts";
import type { DeviceParts } from "./device_parts.ts";
import { driverWork, endedWork, type WorkOperation, type WorkOptions } from "./driver_work.ts";
import { DriverConsole } from "./driver_console.ts";
import { leaseEnded } from "../../host/runtime/fence.ts";
import { requestFailureSource } from "./failure.ts";
import { ANSWER_GRACE_MS, type DeviceSettings } from "./settings.ts";
import { ReconnectLoop } from "./reconnect_loop.ts";
import { stateRefusal } from "./state_refusal.ts";
import { StreamDemand } from "./stream_demand.ts";

/** The time that killing a process takes at most, when it did not stop by itself. */
const KILL_MS = 2_000;

/** Errors that are no failures of the device. */
const REFUSALS: ReadonlySet<string> = new Set(
  ["InvalidRequest", "CommandExpired", "CallCancelled", "NoSafeState", "LeaseEnded"],
);

/** Closes the gap between the desired and the actual state of one device. */
export class Supervisor {
  readonly desired: DesiredState;
  readonly demand: StreamDemand;
  readonly actual: ActualState;
  /** The newest lines about it. */
  readonly lines = new DeviceLines();
  readonly #device: DeviceParts;
  readonly #changes = new Notifier();
  #loop: ReconnectLoop | undefined;
  /** Resolves when the loop is over and the state has changed. */
  #loopOver = Promise.resolve();

  constructor(
    plan: Plan,
    log: StreamLog,
    readers: DeviceParts["readers"],
    settings: DeviceSettings,
    transcript: DeviceParts["transcript"],
  ) {
    const changes = this.#changes;
    const id = log.deviceId;
    this.desired = new DesiredState(plan);
    this.demand = new StreamDemand(settings.streaming, settings.options, changes);
    this.actual = new ActualState(id, log, this.lines, changes);
    const { desired, demand, actual } = this;
    const console = new DriverConsole(id, this.lines);
    const replacePlan = (plan: Plan) => this.replacePlan(plan);
    this.#device = { id, settings, log, readers, transcript, replacePlan, console, desired, demand, actual, changes };
  }

  /** The resources of the driver's process, as far as they are known. */
  get usage(): ProcessUsage | undefined {
    return this.#host?.usage;
  }

  /**
   * Connects. Resolves or rejects with the outcome of this attempt; the loop keeps trying.
   *
   * @param fence The number of the command: it is refused if the device changes hands before the driver is asked.
   */
  async connect(fence?: number): Promise<void> {
    const attempt = `Cannot connect "${this.#device.id}"`;
    const { desired, actual } = this;
    if (desired.disabled) throw this.#refusal(attempt);
    desired.connect(fence);
    while (this.#loop && (this.#loop.isEnding || actual.state === "faulted")) await this.#loopOver;
    if (fence !== undefined && fence < desired.fence) {
      if (desired.isOutdated) desired.disconnect();
      throw leaseEnded(attempt);
    }
    if (!desired.connected) throw this.#refusal(attempt);
    if (this.#host) return;
    if (actual.state === "retrying") this.#loop?.retryNow();
    const outcome = actual.attempt.next();
    if (!this.#loop) this.#loopOver = this.#runLoop();
    await outcome;
  }

  /** @param reason The reason that work which is ended gives, as it goes on after "because". */
  async disconnect(reason = "the device was disconnected"): Promise<void> {
    this.desired.disconnect();
    this.demand.reset();
    this.#loop?.end(reason);
    if (this.#loop) await this.#loopOver;
    if (!this.#loop) this.actual.enter("disconnected");
  }

  /** Takes the device out of service. With `resume`, {@linkcode Supervisor.enable} connects it again. */
  async disable(resume?: boolean): Promise<void> {
    this.desired.disable(resume);
    await this.disconnect("the device was disabled");
  }

  /** Puts the device back into service, and connects it if that was asked for. Does not wait for the connection. */
  enable(fence?: number): void {
    if (this.desired.enable()) this.connect(fence).catch(() => {});
  }

  /** Disconnects for good, for a reason as that of {@linkcode disconnect}. */
  async remove(reason: string): Promise<void> {
    this.desired.remove();
    await this.disconnect(reason);
    this.demand.stop();
  }

  /** Goes on with another plan. A device that is connected, or tries to be, uses it at once. */
  replacePlan(plan: Plan): void {
    const { desired, actual } = this;
    // The error of a driver that could not be used is over once it can be.
    if (desired.plan.noRetry && !plan.noRetry) actual.lastError = undefined;
    desired.plan = plan;
    actual.canStream = null;
    actual.canMakeSafe = null;
    actual.sample = null;
    if (this.#loop?.isEnding) return;
    if (this.#host || actual.state === "connecting") this.#loop?.reconnect();
    else if (actual.state === "retrying") this.#loop?.retryNow();
    else if (actual.state === "faulted" && desired.connected) this.connect().catch(() => {});
  }

  /**
   * The host of the connected device.
   *
   * @param attempt Begins the error's message.
   * @throws {LabError} `DeviceDisabled`, `DeviceFaulted` or `DeviceNotConnected`.
   */
  host(attempt: string): Host {
    if (this.#host) return this.#host;
    throw this.#refusal(attempt);
  }

  /**
   * Runs work under the lock of the connected device. An error of the driver becomes the device's last error.
   *
   * @throws {LabError} `DeviceDisabled`, `DeviceFaulted` or `DeviceNotConnected`; `CommandExpired`; or the driver's
   * error.
   */
  async work<Op extends WorkOperation>(op: Op, input: ProtocolRequests[Op][0], options: WorkOptions): Promise<unknown> {
    const host = this.host(options.attempt);
    const connection = this.#loop?.connection;
    return await driverWork(host, op, input, options, (error) => this.#fail(host, error))
      .catch((error) => {
        throw endedWork(error, connection?.endReason, options);
      })
      .catch(this.#reports(host));
  }

  /** For `catch`: rethrows what a request failed with. All but a refusal becomes the device's last error. */
  #reports(host: Host): (thrown: unknown) => never {
    const { plan } = this.desired;
    return (thrown) => {
      const error = maskSecretsOf(plan, thrown);
      if (error instanceof LabError && !REFUSALS.has(error.code)) {
        // If the error has ended the connection, the connection attributes it.
        if (this.#host === host) error.failureSource ??= requestFailureSource(error);
        this.actual.lastError = error;
      }
      throw error;
    };
  }

  /** Ends the connection of `host` as a failure, if that connection is the present one. */
  #fail(host: Host, error: LabError): void {
    if (this.#host === host) this.#loop?.connection?.fail(error);
  }

  /**
   * Brings the instrument into its safe state. Methods that run or wait are cancelled, and a stream continues.
   *
   * @param reason For people.
   * @throws {LabError} if it is not connected, has no safe function, or fails.
   */
  async makeSafe(reason: string): Promise<void> {
    const { id, settings: { limits: { stopMs: limit } } } = this.#device;
    const attempt = `Cannot make "${id}" safe`;
    const host = this.host(attempt);
    this.actual.logSafe(reason);
    await host.request("safe", { reason, limit }, { attempt, limitMs: limit + ANSWER_GRACE_MS }).catch(
      this.#reports(host),
    );
  }

  /** From now on, the driver refuses commands with a lower number. `isLeased`: it makes the instrument safe if the daemon dies. */
  setFence(number: number, isLeased: boolean): void {
    this.desired.fence = number;
    this.desired.isLeased = isLeased;
    this.#host?.setFence(number, isLeased);
  }

  /** Makes the instrument safe now or, if it is not connected, at the next connection before anything else. */
  async makeSafeSoon(reason: string): Promise<void> {
    const connected = this.#host;
    if (!connected) this.desired.safeReason = reason;
    try {
      await this.makeSafe(reason);
    } catch (error) {
      // It has lost its connection meanwhile.
      if (this.#host !== connected) this.desired.safeReason = reason;
      throw error;
    }
  }

  /** @throws {LabError} if a run cannot start now, and will not start by itself. */
  assertCanStream(attempt: string): void {
    if (this.actual.canStream === false) {
      const context = { device_id: this.#device.id };
      throw new LabError("NotStreamable", `${attempt}: its driver has no stream`, { context });
    }
    if (!this.desired.connected || this.actual.state === "faulted") throw this.#refusal(attempt);
  }

  /** Resolves when the demanded run streams, or cannot yet. Rejects if it failed at once. */
  async started(): Promise<void> {
    if (!this.#host) return;
    await this.#until(() => this.actual.state !== "connected" || !this.demand.active);
    if (this.demand.refusal) throw this.demand.refusal;
    const { state, lastError } = this.actual;
    if ((state === "retrying" || state === "faulted") && lastError) throw lastError;
  }

  /** Ends the run. The process of a driver that does not stop within `limitMs` is killed. */
  async stop(limitMs: number): Promise<void> {
    const run = this.#loop?.connection?.streamingRun;
    if (run) run.stopLimitMs = limitMs;
    this.demand.stop();
    await deadline(this.#until(() => !this.#loop?.connection?.streamingRun), limitMs + KILL_MS).catch((error) => {
      if (!(error instanceof DeadlineError)) throw error;
      const message = `Cannot stop streaming "${this.#device.id}": it has not stopped within ${limitMs} ms`;
      throw new LabError("DeviceTimeout", message);
    });
  }

  get #host(): Host | undefined {
    return this.#loop?.connection?.host;
  }

  async #runLoop(): Promise<void> {
    const { actual } = this;
    const loop = this.#loop = new ReconnectLoop(this.#device);
    const defect: unknown = await loop.run().then(() => undefined, (error) => error);
    this.#loop = undefined;
    if (defect) {
      const error = asLabError(defect, "InternalError");
      error.failureSource = "daemon";
      actual.enter("faulted", { error });
    } else if (actual.state !== "faulted") actual.enter("disconnected");
    actual.attempt.fail(this.#refusal(`Cannot connect "${this.#device.id}"`));
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#changes.next();
  }

  #refusal(attempt: string): LabError {
    return stateRefusal(attempt, this.#device);
  }
}
