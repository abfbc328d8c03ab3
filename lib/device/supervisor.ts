import { deadline, DeadlineError, Notifier, Outcome, Semaphore } from "../async/mod.ts";
import { asLabError, LabError } from "../errors.ts";
import type { Host, ProcessUsage } from "../host/host.ts";
import type { StreamLog } from "../stream/mod.ts";
import { type Circumstances, Condition } from "./condition.ts";
import { connection, type ConnectionContext } from "./connection.ts";
import { DriverConsole } from "./driver_console.ts";
import { Life } from "./life.ts";
import type { Plan } from "./plan.ts";
import type { DeviceSettings } from "./policy.ts";
import type { Blame } from "./retry.ts";
import type { DeviceState } from "./status.ts";
import { Wants } from "./wants.ts";
import { Will } from "./will.ts";

/** What a supervisor needs to know of its device. */
export interface SupervisorParts {
  id: string;
  plan: Plan;
  log: StreamLog;
  settings: DeviceSettings;
}

/** What killing a process takes at most, when it did not stop by itself. */
const KILL_MS = 2_000;

/** So many processes start at a time: when fifty devices lose the same hub, the rest of the bench still has its turn. */
const STARTS = new Semaphore(4);

/** What is wanted and what is: two sides, and the supervisor closes the gap between them. */
export class Supervisor {
  readonly wants: Wants;
  /** The options of the next run. */
  runOptions: Record<string, unknown>;
  readonly condition: Condition;
  /** How the next connection is made. */
  plan: Plan;
  /** Whether the driver has a stream; `null` until it has told, by being connected once. */
  streams: boolean | null = null;
  readonly #parts: SupervisorParts;
  readonly #notifier = new Notifier();
  #host: Host | undefined;
  #running = false;
  #connectedAt = Infinity;
  #stopLimit: number;
  #life: Life | undefined;
  /** How the current or next try to connect turns out. */
  readonly #outcome = new Outcome();
  /** The driver is being changed: until that is done, states are passed through in silence. */
  #swapping = false;
  readonly #will: Will;
  readonly #console: DriverConsole;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.plan = parts.plan;
    this.runOptions = parts.settings.options;
    this.#stopLimit = parts.settings.limits.stopMs;
    this.#will = new Will(parts.id);
    this.wants = new Wants(parts.settings.streaming, () => this.#notifier.notify());
    this.condition = new Condition(parts.id, parts.log, () => this.#notifier.notify());
    this.#console = new DriverConsole(parts.id);
  }

  get #state(): DeviceState {
    return this.condition.state;
  }

  /** Whether somebody has taken it out of service. */
  get disabled(): boolean {
    return this.#will.disabled;
  }

  /** What its driver's process takes, as far as it has said. */
  get usage(): ProcessUsage | undefined {
    return this.#host?.usage;
  }

  async connect(): Promise<void> {
    const attempt = `Cannot connect "${this.#parts.id}"`;
    if (this.#will.disabled) throw this.#refusal(attempt);
    this.#will.connect();
    while (this.#life && (this.#life.isEnding || this.#state === "faulted")) await this.#life.over;
    if (!this.#will.connected) throw this.#refusal(attempt);
    if (this.#host) return;
    if (this.#state === "retrying") this.#life?.hurry();
    const outcome = this.#outcome.next();
    this.#life ??= this.#live();
    await outcome;
  }

  async disconnect(): Promise<void> {
    this.#will.disconnect();
    this.#swapping = false;
    this.wants.reset();
    this.#life?.end();
    await this.#life?.over;
    if (!this.#life) this.#enter("disconnected");
  }

  /** Takes it out of service. `resume` says whether it is connected again when it is enabled. */
  async disable(resume?: boolean): Promise<void> {
    this.#will.disable(resume);
    await this.disconnect();
  }

  /** Puts it back into service, and connects it if it was wanted before. Does not wait for that. */
  enable(): void {
    if (this.#will.enable()) this.connect().catch(() => {});
  }

  /** Disconnects for good. `isTold` says whether its readers hear that it was removed. */
  async remove(isTold: boolean): Promise<void> {
    this.#will.remove();
    await this.disconnect();
    this.wants.hold();
    if (isTold) this.condition.enter("disconnected", { reason: "removed" });
  }

  /** Goes on with another plan, without anybody having to ask. */
  swap(plan: Plan): void {
    this.plan = plan;
    this.streams = null;
    if (this.#life?.isEnding) return;
    if (this.#host || this.#state === "connecting") {
      this.#swapping = true;
      this.#life?.renew();
    } else if (this.#state === "retrying") this.#life?.hurry();
    else if (this.#state === "faulted" && this.#will.connected) this.connect().catch(() => {});
  }

  /** The connected host. `attempt` begins the error's message. */
  host(attempt: string): Host {
    if (this.#host) return this.#host;
    throw this.#refusal(attempt);
  }

  /** @throws {LabError} if a run can't be started now, and won't by itself. */
  assertStreams(attempt: string): void {
    const context = { device_id: this.#parts.id };
    if (this.streams === false) {
      throw new LabError("NotStreamable", `${attempt}: its driver has no stream`, { context });
    }
    if (!this.#will.connected || this.#state === "faulted") throw this.#refusal(attempt);
  }

  /** Resolves when the run that is wanted streams, or cannot yet; rejects if it failed at once. */
  async started(): Promise<void> {
    if (!this.#host) return;
    await this.#until(() => this.#state !== "connected" || !this.wants.streaming);
    if ((this.#state === "retrying" || this.#state === "faulted") && this.condition.lastError) {
      throw this.condition.lastError;
    }
  }

  /** Ends the run. A driver that does not stop within `limit` milliseconds is ended with it. */
  async stop(limit: number): Promise<void> {
    this.#stopLimit = limit;
    this.wants.hold();
    await deadline(this.#until(() => !this.#running), limit + KILL_MS).catch((error) => {
      if (!(error instanceof DeadlineError)) throw error;
      throw new LabError(
        "DeviceTimeout",
        `Cannot stop streaming "${this.#parts.id}": it has not stopped within ${limit} ms`,
      );
    });
  }

  #live(): Life {
    return new Life({
      policy: () => this.plan.restart ?? this.#parts.settings.restart,
      connect: (signal, failed) => {
        this.#enter("connecting");
        this.#connectedAt = Infinity;
        return connection(this.#context(failed), signal);
      },
      lasted: () => performance.now() - this.#connectedAt,
      failed: (error, wait) => this.#fail(error, wait),
      restarting: () => this.condition.restarts++,
      over: (defect) => {
        this.#life = undefined;
        if (defect) this.#enter("faulted", { error: asLabError(defect, "InternalError") });
        else if (this.#state !== "faulted") this.#enter("disconnected");
        this.#outcome.fail(this.#refusal(`Cannot connect "${this.#parts.id}"`));
      },
    });
  }

  #context(failed: (error: LabError, blame: Blame) => void): ConnectionContext {
    const { id, log, settings } = this.#parts;
    // Params go to the driver as they were given: it is its process that parses them, once.
    const { source, input: { params }, permissions } = this.plan;
    return {
      deviceId: id,
      params,
      limits: settings.limits,
      arrays: settings.arrays,
      log,
      wants: this.wants,
      notifier: this.#notifier,
      open: (events, signal) => {
        const { memory, limits: { heartbeatTimeoutMs } } = settings;
        return STARTS.run(() => source.open(id, { permissions, memory, heartbeatTimeoutMs }, events, signal), signal);
      },
      print: (line, level) => this.#console.print(line, level),
      runOptions: () => this.runOptions,
      stopLimit: () => this.#stopLimit,
      connected: (host, { streams }) => {
        this.#host = host;
        this.streams = streams;
        this.#connectedAt = performance.now();
        this.#enter("connected");
        this.#outcome.succeed();
      },
      run: (phase) => {
        // The limit of an explicit stop is that stop's alone.
        if (phase === "starting") this.#stopLimit = settings.limits.stopMs;
        this.#running = phase !== "over";
        if (phase === "streaming") this.#enter("streaming");
        else if (phase === "over" && this.#host) this.#enter("connected");
        this.#notifier.notify();
      },
      failed,
      closing: () => this.#host = undefined,
    };
  }

  /** @param wait Until the next try, in milliseconds; `undefined` if there will be none. */
  #fail(error: LabError, wait: number | undefined): void {
    this.#host = undefined;
    this.#console.flush();
    if (wait === undefined) this.#enter("faulted", { error });
    else this.#enter("retrying", { error, retryIn: wait });
    this.#outcome.fail(error);
  }

  #enter(state: DeviceState, circumstances: Circumstances = {}): void {
    if (!this.#swapping) return this.condition.enter(state, circumstances);
    const isOnTheWay = state === "connecting" || (state === "connected" && this.streams && this.wants.streaming);
    if (isOnTheWay) return this.condition.enter(state, { silent: true });
    this.#swapping = false;
    this.condition.enter(state, { ...circumstances, reason: "reloaded" });
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#notifier.next();
  }

  #refusal(attempt: string): LabError {
    return this.#will.refusal(attempt, this.condition);
  }
}
