import { LabError } from "../errors.ts";
import { inUse } from "./lease_refusal.ts";
import type { HeldLease, LeaseOrder, LeaseTable, WaitingOrder } from "./lease_table.ts";
import type { TableTimer } from "./table_timer.ts";

/** The orders that may wait at a time. */
export const MAX_WAITING_LEASES = 100;

/** The callers that wait for the orders in the queue of a table. */
export class Waiters {
  readonly #table: LeaseTable;
  readonly #timer: TableTimer;
  readonly #waiters = new Map<WaitingOrder, PromiseWithResolvers<HeldLease>>();

  constructor(table: LeaseTable, timer: TableTimer) {
    this.#table = table;
    this.#timer = timer;
  }

  /**
   * Waits for an order that was not granted at once.
   *
   * @param signal Aborts when the one who waits is gone.
   * @throws {LabError} `DeviceInUse`, at the end of the time; `Unavailable`, if too many wait.
   */
  async wait(order: LeaseOrder, waitMs: number, signal?: AbortSignal): Promise<HeldLease> {
    const attempt = `Cannot lease ${order.devices.map((id) => `"${id}"`).join(", ")}`;
    if (waitMs <= 0) throw inUse(this.#table, attempt, order.devices);
    if (this.#waiters.size >= MAX_WAITING_LEASES) {
      throw new LabError("Unavailable", `${attempt}: ${MAX_WAITING_LEASES} orders wait already`);
    }
    const waiter = Promise.withResolvers<HeldLease>();
    const nowMs = performance.now();
    const waiting = this.#table.wait(order, nowMs, nowMs + waitMs);
    this.#waiters.set(waiting, waiter);
    // An order before it may have waited long enough since the last look.
    this.#table.advance(nowMs);
    this.#timer.arm();
    const leave = () => waiter.reject(new LabError("Unavailable", `${attempt}: its caller is gone`));
    if (signal?.aborted) leave();
    signal?.addEventListener("abort", leave);
    try {
      return await waiter.promise;
    } finally {
      signal?.removeEventListener("abort", leave);
      this.#waiters.delete(waiting);
      this.#table.withdraw(waiting, performance.now());
    }
  }

  /** The order has got its devices. */
  granted(order: WaitingOrder, lease: HeldLease): void {
    this.#waiters.get(order)?.resolve(lease);
  }

  /** The order has waited for as long as it may. */
  gaveUp(order: WaitingOrder): void {
    this.#waiters.get(order)?.reject(inUse(this.#table, "Cannot lease", order.devices));
  }

  /** Refuses all waiting callers. */
  close(error: LabError): void {
    for (const waiter of this.#waiters.values()) waiter.reject(error);
  }
}
