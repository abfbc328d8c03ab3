import { getLogger } from "@logtape/logtape";
import type { CommandOrigin } from "../device/commands.ts";
import { LabError, messageOf } from "../errors.ts";
import type { Leases } from "../leases/leases.ts";

/** The time that a task's lease holds without being renewed, for example after a crash of the daemon. */
const TTL_MS = 30_000;

const RENEW_MS = 10_000;

/** The time for which a resumed task waits for its devices: its earlier lease may still be ending. */
const RESUME_WAIT_MS = 60_000;

const logger = getLogger(["labdaemon", "tasks"]);

/** The parts of a lease that are kept: with the token, the lease goes on after a restart of the daemon. */
export interface KeptLease {
  id: string;
  token: string;
}

/** The lease of a task. A task without devices has none. */
export class TaskLease {
  readonly #leases: Leases;
  readonly #taskId: string;
  #held: KeptLease | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isOver = false;

  constructor(leases: Leases, taskId: string) {
    this.#leases = leases;
    this.#taskId = taskId;
  }

  get kept(): KeptLease | null {
    return this.#held ?? null;
  }

  /** True if a lease is that of the task. */
  is(leaseId: string): boolean {
    return this.#held?.id === leaseId;
  }

  /**
   * Leases devices.
   *
   * @throws {LabError} `DeviceInUse`, if one is leased by another.
   */
  async acquire(devices: readonly string[], purpose: string): Promise<void> {
    if (devices.length > 0) this.#hold(await this.#leases.acquire(this.#order(devices, purpose)));
  }

  /** Goes on with the lease of the daemon's last run, or leases the devices again. Rejects as {@linkcode acquire} does. */
  async resume(kept: KeptLease | null, devices: readonly string[], purpose: string): Promise<void> {
    if (devices.length === 0) return;
    try {
      if (!kept) throw new LabError("LeaseNotFound", "There was no lease");
      this.#leases.renew(kept.id, [kept.token]);
      this.#hold(kept);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      this.#hold(await this.#leases.acquire(this.#order(devices, purpose), RESUME_WAIT_MS));
      // The task, or the daemon, has ended while it waited.
      if (this.#isOver) await this.release();
    }
  }

  /** @throws {LabError} if the task may not command a device now. */
  assertAllowed(attempt: string, deviceId: string): void {
    this.#leases.assertAllowed(attempt, [deviceId], this.#held ? [this.#held.token] : []);
  }

  /** The origin of a command of now. */
  origin(by: string, requestId: string): CommandOrigin {
    return { by, requestId, fence: this.#leases.fence };
  }

  /** The devices are free, and stay as they are. */
  async release(): Promise<void> {
    const held = this.#drop();
    if (held) await this.#leases.release(held.id, [held.token]).catch(logUnlessEnded);
  }

  /** The devices are made safe, then they are free. */
  async end(reason: string): Promise<void> {
    const held = this.#drop();
    if (held) await this.#leases.break(held.id, reason).catch(logUnlessEnded);
  }

  /** Stops renewing the lease: the daemon ends, and its next run continues with it. */
  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  #order(devices: readonly string[], purpose: string) {
    return { owner: this.#taskId, purpose, devices, ttlMs: TTL_MS };
  }

  #hold({ id, lease_id, token }: { id?: string; lease_id?: string; token: string }): void {
    this.#held = { id: (id ?? lease_id)!, token };
    this.#timer = setInterval(() => {
      try {
        if (this.#held) this.#leases.renew(this.#held.id, [this.#held.token]);
      } catch {
        // The lease has ended, and its listener has ended the task.
        clearInterval(this.#timer);
      }
    }, RENEW_MS);
  }

  #drop(): KeptLease | undefined {
    clearInterval(this.#timer);
    this.#isOver = true;
    const held = this.#held;
    this.#held = undefined;
    return held;
  }
}

function logUnlessEnded(error: unknown): void {
  if (error instanceof LabError && error.code === "LeaseNotFound") return;
  logger.error("{error}", { error: messageOf(error) });
}
